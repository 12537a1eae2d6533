/* The least that a client of PostgreSQL can do: prepared statements through libpq, one after the other, each waited
   for, results not decoded. Runs COUNT of them for each line on standard input, so that whoever asks can take turns with
   us, and answers with a line of JSON: the median and the 99th hundredth in milliseconds.
   Usage: pq_floor CONNECTION one|hundred COUNT */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int finish(PGconn *connection, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    int rows = PQntuples(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "pq_floor: %s", PQerrorMessage(connection));
        exit(1);
    }
    PQclear(result);
    return rows;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int hundred = !strcmp(words[2], "hundred"), times = atoi(words[3]), rows = 0;
    double *took = malloc(sizeof(double) * times);
    PGconn *connection = PQconnectdb(words[1]);
    if (PQstatus(connection) != CONNECTION_OK) {
        fprintf(stderr, "pq_floor: %s", PQerrorMessage(connection));
        return 1;
    }
    finish(connection, PQprepare(connection, "q", hundred
        ? "SELECT id, machine_id, at, cpu, memory_total, memory_used, disk_read, disk_written, received, sent, uptime"
          " FROM bench_figure WHERE id BETWEEN $1::bigint AND $1::bigint + 99"
        : "SELECT id, machine_id, at, cpu, memory_total, memory_used FROM bench_figure WHERE id = $1::bigint", 1, NULL));
    puts("ready");
    fflush(stdout);
    for (long long turn = 0; getchar() != EOF;) {
        for (int n = 0; n < times; n++) {
            char key[24];
            const char *values[1] = {key};
            snprintf(key, sizeof key, "%lld", 1 + turn++ * 7919LL % 19000);
            double begun = now();
            rows += finish(connection, PQexecPrepared(connection, "q", 1, values, NULL, NULL, 0));
            took[n] = now() - begun;
        }
        qsort(took, times, sizeof *took, ascending);
        printf("{\"p50\":%.4f,\"p99\":%.4f,\"rows\":%d}\n", took[times / 2], took[times * 99 / 100], rows);
        fflush(stdout);
    }
    PQfinish(connection);
    return 0;
}
