/* The least that a server of HTTP can do: one thread that answers each request, whatever it asks for, with the same bytes,
   made beforehand. A request is what came with one read, which is true of clients that send one and wait.
   Usage: http_floor PORT FILE */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[1 << 20];
static size_t length;

static void load(const char *path) {
    static char body[sizeof answer - 256];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t count = fread(body, 1, sizeof body, file);
    fclose(file);
    length = sprintf(answer,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %zu\r\n\r\n", count);
    memcpy(answer + length, body, count);
    length += count;
}

static void reply(int connection) {
    for (size_t sent = 0; sent < length;) {
        ssize_t written = write(connection, answer + sent, length - sent);
        if (written > 0) {
            sent += written;
        } else if (errno == EAGAIN) {
            struct pollfd room = {connection, POLLOUT, 0};
            poll(&room, 1, 1000);
        } else {
            return;
        }
    }
}

int main(int count, char **words) {
    if (count != 3) return 2;
    load(words[2]);
    int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), watch = epoll_create1(0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, 512)) {
        perror("http_floor");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, ready[64];
    epoll_ctl(watch, EPOLL_CTL_ADD, door, &event);
    static char request[65536];
    for (;;) {
        int many = epoll_wait(watch, ready, 64, -1);
        for (int n = 0; n < many; n++) {
            int one = ready[n].data.fd;
            if (one == door) {
                int new = accept4(door, NULL, NULL, SOCK_NONBLOCK);
                if (new < 0) continue;
                setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.fd = new;
                epoll_ctl(watch, EPOLL_CTL_ADD, new, &event);
            } else if (read(one, request, sizeof request) > 0) {
                reply(one);
            } else {
                close(one);
            }
        }
    }
}
