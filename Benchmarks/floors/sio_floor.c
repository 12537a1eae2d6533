/* The least that telling many clients can do: what is posted is framed once and written to every client, one write each. It
   checks nothing and keeps nothing.
   Usage: sio_floor PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int clients[4096], count;
static unsigned char input[1 << 17], frame[1 << 17];

static void put(int fd, const void *bytes, size_t length) {
    if (write(fd, bytes, length) < 0) return; /* A client that is full or gone hears less. */
}

static void say(int fd, const char *text) {
    unsigned char bytes[130] = {0x81, strlen(text)};
    memcpy(bytes + 2, text, strlen(text));
    put(fd, bytes, 2 + strlen(text));
}

/* Every body of the requests that came goes to every client. */
static void tell(int fd, int length) {
    const char *begin = "42[\"admin:vms:update\",", *answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    unsigned char *at = input, *end = input + length;
    while ((at = memmem(at, end - at, "\r\n\r\n", 4))) {
        at += 4;
        unsigned char *next = memmem(at, end - at, "POST ", 5);
        size_t body = (next ? next : end) - at, text = strlen(begin) + body + 1;
        frame[0] = 0x81;
        frame[1] = 126;
        frame[2] = text >> 8;
        frame[3] = text;
        memcpy(frame + 4, begin, strlen(begin));
        memcpy(frame + 4 + strlen(begin), at, body);
        frame[3 + text] = ']';
        for (int i = 0; i < count; i++) put(clients[i], frame, 4 + text);
        put(fd, answer, strlen(answer));
        at += body;
    }
}

int main(int words, char **arguments) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(words > 1 ? atoi(arguments[1]) : 0), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1, door = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (void *)&address, sizeof address) || listen(door, 1024)) return 1;
    struct epoll_event event = {EPOLLIN, {.fd = door}}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int many = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < many; i++) {
            int fd = events[i].data.fd;
            if (fd == door) {
                fd = accept(door, 0, 0);
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.fd = fd;
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                continue;
            }
            int length = read(fd, input, sizeof input - 1);
            if (length <= 0) {
                close(fd);
                for (int k = 0; k < count; k++)
                    if (clients[k] == fd) clients[k--] = clients[--count];
                continue;
            }
            if (!memcmp(input, "POST", 4)) {
                tell(fd, length);
            } else if (!memcmp(input, "GET", 3)) {
                const char *granted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
                put(fd, granted, strlen(granted));
                say(fd, "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":250000,\"pingTimeout\":20000}");
            } else if (count < 4096) {
                say(fd, "40{\"sid\":\"b\"}");
                clients[count++] = fd;
            }
        }
    }
}
