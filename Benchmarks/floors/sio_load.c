/* Many Socket.io clients over WebSocket, and one that makes things happen: how long until an event has reached all of them.
   Usage: sio_load PORT CLIENTS MODE SECONDS PATH TOKEN BODY
   MODE is rate=N, N events a second, or flight=N, a new one whenever one of N has reached everybody. BODY is what is posted
   to PATH for each event; %T% in it becomes t and 19 digits, the time in nanoseconds, which the server has to tell again. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 18, MARK = 20, EVENTS = 1 << 16 };

struct client {
    int fd, connected, upgraded;
    int used;
    char *buffer;
};

static int port, clients, ready;
static const char *token;
static long long *latencies, taken, capacity;
/* What has been made to happen, and how many have heard of it. */
static long long times[EVENTS];
static int heard[EVENTS], made, finished;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "sio_load: %s (%s)\n", what, strerror(errno));
    exit(1);
}

static void all(int fd, const void *bytes, size_t count) {
    const char *rest = bytes;
    while (count > 0) {
        ssize_t written = send(fd, rest, count, MSG_NOSIGNAL);
        if (written < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (written <= 0) fail("cannot write");
        rest += written;
        count -= written;
    }
}

static int dial(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (void *)&address, sizeof address)) fail("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* A masked text frame, the mask being nothing but zeros. */
static void say(int fd, const char *text) {
    unsigned char frame[4096];
    size_t length = strlen(text), head = 2;
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = 0x80 | length;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = length >> 8;
        frame[3] = length;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, text, length);
    all(fd, frame, head + 4 + length);
}

static void hear(struct client *client, char *text, size_t length) {
    char words[3000];
    if (length == 1 && text[0] == '2') {
        say(client->fd, "3");
    } else if (text[0] == '0') {
        snprintf(words, sizeof words, "40{\"token\":\"%s\"}", token);
        say(client->fd, words);
    } else if (length > 1 && !memcmp(text, "44", 2)) {
        fail("refused");
    } else if (length > 1 && !memcmp(text, "40", 2)) {
        client->connected = 1;
        ready++;
    } else if (length > MARK && !memcmp(text, "42", 2)) {
        char *mark = memmem(text, length, "\"t0", 3);
        if (!mark || mark + 1 + MARK > text + length) return;
        long long time = atoll(mark + 2), late = now() - time;
        if (taken < capacity) latencies[taken++] = late;
        for (int i = finished; i < made; i++) {
            if (times[i % EVENTS] == time) {
                heard[i % EVENTS]++;
                break;
            }
        }
        while (finished < made && heard[finished % EVENTS] >= clients) finished++;
    }
}

static void take(struct client *client) {
    ssize_t count = read(client->fd, client->buffer + client->used, ROOM - client->used);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) fail("a client was cut off");
    client->used += count;
    char *at = client->buffer, *end = client->buffer + client->used;
    if (!client->upgraded) {
        char *body = memmem(at, client->used, "\r\n\r\n", 4);
        if (!body) return;
        if (memcmp(at, "HTTP/1.1 101", 12)) fail("no WebSocket was granted");
        client->upgraded = 1;
        at = body + 4;
    }
    while (end - at >= 2) {
        unsigned char *head = (void *)at;
        size_t length = head[1] & 127, size = 2;
        if (length == 126) {
            if (end - at < 4) break;
            length = head[2] << 8 | head[3];
            size = 4;
        } else if (length == 127) {
            fail("a frame longer than any event");
        }
        if ((size_t)(end - at) < size + length) break;
        if ((head[0] & 15) == 1) hear(client, at + size, length);
        if ((head[0] & 15) == 8) fail("the server closed a client");
        at += size + length;
    }
    client->used = end - at;
    memmove(client->buffer, at, client->used);
}

static void make(int fd, const char *path, const char *body) {
    static char text[8192], request[12288];
    long long time = now();
    const char *mark = strstr(body, "%T%");
    int length = snprintf(text, sizeof text, "%.*st%019lld%s", (int)(mark - body), body, time, mark + 3);
    int size = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                        "%s\r\nContent-Length: %d\r\n\r\n%s", path, token, length, text);
    times[made % EVENTS] = time;
    heard[made % EVENTS] = 0;
    made++;
    all(fd, request, size);
}

static int compare(const void *a, const void *b) {
    long long x = *(const long long *)a, y = *(const long long *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **words) {
    if (count != 8) return 2;
    port = atoi(words[1]);
    clients = atoi(words[2]);
    int rate = 0, flight = 0;
    sscanf(words[3], "rate=%d", &rate);
    sscanf(words[3], "flight=%d", &flight);
    double seconds = atof(words[4]);
    token = words[6];
    if (!strstr(words[7], "%T%") || !(rate || flight)) return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    capacity = 1 << 23;
    latencies = malloc(capacity * sizeof *latencies);

    int poll = epoll_create1(0);
    struct client *all_clients = calloc(clients, sizeof *all_clients);
    struct epoll_event events[256];
    const char *hello = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (int i = 0; i < clients; i++) {
        struct client *client = &all_clients[i];
        client->buffer = malloc(ROOM);
        client->fd = dial();
        all(client->fd, hello, strlen(hello));
        fcntl(client->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {EPOLLIN, {.ptr = client}};
        epoll_ctl(poll, EPOLL_CTL_ADD, client->fd, &event);
        /* Few at a time: how fast they come in is no subject here. */
        while (ready < i - 16) {
            int many = epoll_wait(poll, events, 256, 10000);
            if (many <= 0) fail("clients do not get in");
            for (int k = 0; k < many; k++) take(events[k].data.ptr);
        }
    }
    while (ready < clients) {
        int many = epoll_wait(poll, events, 256, 10000);
        if (many <= 0) fail("clients do not get in");
        for (int k = 0; k < many; k++) take(events[k].data.ptr);
    }
    int maker = dial();
    fcntl(maker, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(poll, EPOLL_CTL_ADD, maker, &event);

    printf("ready\n");
    fflush(stdout);
    if (getchar() == EOF) return 0;
    long long begun = now(), end = begun + (long long)(seconds * 1e9), next = begun;
    static char answers[1 << 16];
    while (now() < end || finished < made) {
        if (now() > end + 20000000000LL) fail("events did not arrive");
        if (now() < end) {
            if (flight) while (made - finished < flight) make(maker, words[5], words[7]);
            if (rate && now() >= next) {
                make(maker, words[5], words[7]);
                next += 1000000000LL / rate;
            }
        }
        int wait = rate ? (int)((next - now()) / 1000000) : 100;
        int many = epoll_wait(poll, events, 256, wait < 0 ? 0 : wait);
        for (int k = 0; k < many; k++) {
            if (events[k].data.ptr) take(events[k].data.ptr);
            else if (read(maker, answers, sizeof answers) == 0) fail("what makes events was cut off");
        }
    }
    double took = (now() - begun) / 1e9;
    qsort(latencies, taken, sizeof *latencies, compare);
    printf("{\"events\":%d,\"messages\":%lld,\"seconds\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", made, taken, took,
           taken ? latencies[taken / 2] / 1e6 : 0, taken ? latencies[taken * 99 / 100] / 1e6 : 0);
    fflush(stdout);
    /* The clients stay until they have been counted. */
    while (getchar() != EOF) {}
    return 0;
}
