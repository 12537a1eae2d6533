// packet-probe FILE [socket]
//
// Sends packets and says what became of them, for the tests of the firewall: in a guest, where FILE is a serial line, and on
// the host, where it is a Unix socket that the test connects to. One command a line, any number under way at once:
//
//   listen PROTOCOL PORT                     echoes what comes; PROTOCOL is tcp, udp or a number (raw IP)
//   ask ID PROTOCOL FROM PORT TO PORT MS     -> ID open | refused | silent | error TEXT
//   hold ID FROM PORT TO PORT MS             the same with TCP; the connection stays
//   talk ID MS                               -> ID open | ... : whether it still carries something there and back
//   hammer ID PROTOCOL TO PORT               asks again and again, from new ports
//   stop ID                                  -> ID TRIES OPENED, of a hammer; else ends a connection
//
// "open": an answer came. "refused": an error came, as a reset or an ICMP message. "silent": neither did in time.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum kind { NOTHING, LISTENER, ECHO_STREAM, ECHO_PACKETS, PROBE, HELD, HAMMER };
enum { LIMIT = 1000, HAMMER_MS = 4, HAMMER_WAIT = 400, AGAIN_MS = 300 };

struct entry {
    enum kind kind;
    bool connecting, asked;
    int fd, protocol, hammer;
    unsigned number;
    long long deadline, again;
    char id[24];
    struct sockaddr_storage to;
    long tries, opened;
};

static struct entry entries[LIMIT];
static int control;
static unsigned counter;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void answer(const char *id, const char *words) {
    char line[160];
    int length = snprintf(line, sizeof line, "%s %s\n", id, words);
    for (int sent = 0; sent < length;) {
        ssize_t count = write(control, line + sent, length - sent);
        if (count < 0 && errno != EAGAIN && errno != EINTR) exit(0);
        if (count > 0) sent += count;
    }
}

static struct entry *add(enum kind kind, int fd, const char *id) {
    for (int place = 0; place < LIMIT; place++) {
        struct entry *entry = &entries[place];
        if (entry->kind != NOTHING) continue;
        *entry = (struct entry){.kind = kind, .fd = fd, .hammer = -1};
        snprintf(entry->id, sizeof entry->id, "%s", id);
        return entry;
    }
    if (fd >= 0) close(fd);
    return NULL;
}

static void end(struct entry *entry) {
    if (entry->fd >= 0) {
        // No TIME_WAIT: the same ports are used again at once.
        struct linger linger = {1, 0};
        if (entry->protocol == IPPROTO_TCP) setsockopt(entry->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(entry->fd);
    }
    entry->kind = NOTHING;
}

static int protocol_of(const char *name) {
    if (!strcmp(name, "tcp")) return IPPROTO_TCP;
    if (!strcmp(name, "udp")) return IPPROTO_UDP;
    if (!strcmp(name, "icmp")) return IPPROTO_ICMP;
    if (!strcmp(name, "icmpv6")) return IPPROTO_ICMPV6;
    return atoi(name);
}

static int kind_of_socket(int protocol) {
    return protocol == IPPROTO_TCP ? SOCK_STREAM : protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_RAW;
}

static bool address(const char *text, int port, bool raw, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(raw ? 0 : port);
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(raw ? 0 : port);
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

static socklen_t length_of(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static const char *fate(int error) {
    switch (error) {
    case ECONNREFUSED: case ECONNRESET: case EHOSTUNREACH: case EACCES: case ENETUNREACH: case ENOPROTOOPT: case EPROTO:
    case EPIPE:
        return "refused";
    case ETIMEDOUT: return "silent";
    default: return NULL;
    }
}

/// A socket that is on its way to somebody, or -1 with errno.
static int reach(int protocol, const char *from, int port, const struct sockaddr_storage *to) {
    bool raw = kind_of_socket(protocol) == SOCK_RAW;
    int fd = socket(to->ss_family, kind_of_socket(protocol) | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -1;
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_storage own;
    bool ok = true;
    if (strcmp(from, "-") != 0) {
        ok = address(from, port, raw, &own) && bind(fd, (struct sockaddr *)&own, length_of(&own)) == 0;
    }
    if (ok && (connect(fd, (const struct sockaddr *)to, length_of(to)) == 0 || errno == EINPROGRESS)) return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

/// What is sent: for ICMP a request that can be told from others, else the number alone.
static ssize_t speak(struct entry *entry) {
    unsigned char data[16] = {0};
    size_t length = sizeof entry->number;
    if (entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6) {
        bool v6 = entry->protocol == IPPROTO_ICMPV6;
        data[0] = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
        data[4] = entry->number >> 8, data[5] = entry->number;
        memcpy(data + 8, &entry->number, sizeof entry->number);
        length = 12;
        unsigned sum = 0;
        for (size_t place = 0; place < length; place += 2) sum += data[place] << 8 | data[place + 1];
        sum = (sum >> 16) + (sum & 0xffff);
        sum = ~(sum + (sum >> 16)) & 0xffff;
        if (!v6) data[2] = sum >> 8, data[3] = sum;
    } else {
        memcpy(data, &entry->number, sizeof entry->number);
        // Raw protocols: headers of a length that nobody calls broken.
        if (kind_of_socket(entry->protocol) == SOCK_RAW) length = sizeof data;
    }
    entry->asked = true;
    // A datagram may be lost, or the refusal of it held back; TCP repeats by itself.
    entry->again = entry->protocol != IPPROTO_TCP && entry->hammer < 0 ? now() + AGAIN_MS : 0;
    return send(entry->fd, data, length, MSG_NOSIGNAL);
}

/// 1 when the answer to what was asked is there, 0 when something else was, -1 with errno.
static int hear(struct entry *entry) {
    unsigned char data[512];
    ssize_t count = recv(entry->fd, data, sizeof data, 0);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    if (count == 0 && entry->protocol == IPPROTO_TCP) return errno = ECONNRESET, -1;
    unsigned char *start = data;
    // What was answered late may come in one piece with the answer.
    ssize_t extra = count - (ssize_t)sizeof entry->number;
    if (entry->protocol == IPPROTO_TCP && extra > 0) start += extra, count -= extra;
    bool raw = kind_of_socket(entry->protocol) == SOCK_RAW;
    if (raw && entry->to.ss_family == AF_INET) {
        size_t header = (data[0] & 15) * 4;
        start += header, count -= header;
    }
    if (entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6) {
        if (count < 12 || start[0] != (entry->protocol == IPPROTO_ICMP ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY)) return 0;
        start += 8, count -= 8;
    }
    return count >= (ssize_t)sizeof entry->number && memcmp(start, &entry->number, sizeof entry->number) == 0;
}

static void settle(struct entry *entry, const char *words) {
    if (entry->hammer >= 0) {
        if (!strcmp(words, "open")) entries[entry->hammer].opened++;
        end(entry);
    } else if (entry->kind == HELD) {
        entry->deadline = 0, entry->asked = false;
        answer(entry->id, words);
        if (strcmp(words, "open") != 0 && entry->connecting) end(entry);
    } else {
        answer(entry->id, words);
        end(entry);
    }
}

static void fail(struct entry *entry, int error) {
    const char *words = fate(error);
    char text[100];
    snprintf(text, sizeof text, "error %s", strerror(error));
    settle(entry, words ? words : text);
}

static void begin(enum kind kind, const char *id, const char *name, const char *from, int port, const char *to,
                  int to_port, int patience, int hammer) {
    struct sockaddr_storage end_point;
    int protocol = protocol_of(name);
    struct entry *entry = add(kind, -1, id);
    if (!entry) return hammer < 0 ? answer(id, "error too many") : (void)0;
    entry->hammer = hammer, entry->protocol = protocol, entry->number = ++counter | (unsigned)getpid() << 16;
    if (!address(to, to_port, kind_of_socket(protocol) == SOCK_RAW, &end_point)) return fail(entry, EINVAL);
    entry->to = end_point, entry->deadline = now() + patience;
    entry->fd = reach(protocol, from, port, &end_point);
    if (entry->fd < 0) return fail(entry, errno);
    entry->connecting = protocol == IPPROTO_TCP;
    if (!entry->connecting && speak(entry) < 0) fail(entry, errno);
}

static void listen_on(const char *name, int port) {
    int protocol = protocol_of(name);
    bool raw = kind_of_socket(protocol) == SOCK_RAW;
    for (int family = 0; family < 2; family++) {
        int fd = socket(family ? AF_INET6 : AF_INET, kind_of_socket(protocol) | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        if (fd < 0) continue;
        int yes = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        struct sockaddr_storage own;
        address(family ? "::" : "0.0.0.0", port, raw, &own);
        if (family) {
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
            setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
        }
        if (bind(fd, (struct sockaddr *)&own, length_of(&own)) < 0) {
            answer("listen", strerror(errno));
            close(fd);
            return;
        }
        if (protocol == IPPROTO_TCP) listen(fd, 128);
        struct entry *entry = add(protocol == IPPROTO_TCP ? LISTENER : ECHO_PACKETS, fd, "");
        if (entry) entry->protocol = protocol, entry->to = own;
    }
    answer("listen", "done");
}

/// Sends back what came, from the address that it came to: of several, the kernel would choose another. Answers of raw
/// protocols are marked, so that two that listen do not play for ever.
static void echo_packets(struct entry *entry) {
    unsigned char data[512], control_data[128];
    struct sockaddr_storage from;
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
                             .msg_control = control_data, .msg_controllen = sizeof control_data};
    ssize_t count = recvmsg(entry->fd, &message, 0);
    if (count <= 0) return;
    if (kind_of_socket(entry->protocol) == SOCK_RAW) {
        size_t header = from.ss_family == AF_INET ? (data[0] & 15) * 4 : 0;
        unsigned char *start = data + header;
        if (count < (ssize_t)header + 16 || start[15]) return;
        start[15] = 1;
        part.iov_base = start, count -= header;
        // Of a raw socket of IPv6 the port has to be the protocol's or none.
        ((struct sockaddr_in *)&from)->sin_port = 0;
    }
    part.iov_len = count;
    sendmsg(entry->fd, &message, 0);
}

static void ready(struct entry *entry, short events) {
    char data[512];
    ssize_t count;
    switch (entry->kind) {
    case LISTENER: {
        int fd = accept4(entry->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct entry *stream = fd < 0 ? NULL : add(ECHO_STREAM, fd, "");
        if (stream) stream->protocol = IPPROTO_TCP;
        break;
    }
    case ECHO_STREAM:
        count = recv(entry->fd, data, sizeof data, 0);
        if (count > 0) send(entry->fd, data, count, MSG_NOSIGNAL);
        else if (count == 0 || errno != EAGAIN) end(entry);
        break;
    case ECHO_PACKETS: echo_packets(entry); break;
    case PROBE:
    case HELD:
        if (entry->connecting) {
            int error = 0;
            socklen_t length = sizeof error;
            getsockopt(entry->fd, SOL_SOCKET, SO_ERROR, &error, &length);
            if (error) return fail(entry, error);
            if (!(events & POLLOUT)) return;
            entry->connecting = false;
            if (speak(entry) < 0) fail(entry, errno);
            break;
        }
        switch (hear(entry)) {
        case 1:
            if (entry->asked) settle(entry, "open");
            break;
        case -1:
            if (entry->kind == HELD && !entry->asked) { // told to who asks next
                close(entry->fd), entry->fd = -1;
                break;
            }
            fail(entry, errno);
            break;
        default: break;
        }
        break;
    default: break;
    }
}

static struct entry *named(const char *id) {
    for (int place = 0; place < LIMIT; place++) {
        enum kind kind = entries[place].kind;
        if ((kind == HELD || kind == HAMMER) && !strcmp(entries[place].id, id)) return &entries[place];
    }
    return NULL;
}

static void obey(char *line) {
    char *words[9] = {0};
    int count = 0;
    for (char *word = strtok(line, " \r"); word && count < 9; word = strtok(NULL, " \r")) words[count++] = word;
    if (count == 0) return;
    if (!strcmp(words[0], "listen") && count == 3) return listen_on(words[1], atoi(words[2]));
    if (!strcmp(words[0], "ask") && count == 8) {
        return begin(PROBE, words[1], words[2], words[3], atoi(words[4]), words[5], atoi(words[6]), atoi(words[7]), -1);
    }
    if (!strcmp(words[0], "hold") && count == 7) {
        return begin(HELD, words[1], "tcp", words[2], atoi(words[3]), words[4], atoi(words[5]), atoi(words[6]), -1);
    }
    struct entry *entry = count > 1 ? named(words[1]) : NULL;
    if (!strcmp(words[0], "hammer") && count == 5) {
        entry = add(HAMMER, -1, words[1]);
        entry->protocol = protocol_of(words[2]);
        address(words[3], atoi(words[4]), false, &entry->to);
        entry->deadline = now();
        return answer(words[1], "begun");
    }
    if (!entry) return answer(count > 1 ? words[1] : words[0], "error unknown");
    if (!strcmp(words[0], "talk") && count == 3) {
        if (entry->fd < 0) return answer(entry->id, "refused");
        entry->number = ++counter | (unsigned)getpid() << 16, entry->deadline = now() + atoi(words[2]);
        if (speak(entry) < 0) fail(entry, errno);
        return;
    }
    char sum[60];
    snprintf(sum, sizeof sum, "%ld %ld", entry->tries, entry->opened);
    answer(entry->id, sum);
    end(entry);
}

static void strike(struct entry *hammer) {
    char text[INET6_ADDRSTRLEN];
    bool v4 = hammer->to.ss_family == AF_INET;
    inet_ntop(hammer->to.ss_family,
              v4 ? (void *)&((struct sockaddr_in *)&hammer->to)->sin_addr
                 : (void *)&((struct sockaddr_in6 *)&hammer->to)->sin6_addr, text, sizeof text);
    char name[8];
    snprintf(name, sizeof name, "%s", hammer->protocol == IPPROTO_TCP ? "tcp" : hammer->protocol == IPPROTO_UDP ? "udp" : "icmp");
    hammer->tries++;
    hammer->deadline = now() + HAMMER_MS;
    begin(PROBE, "", name, "-", 0, text, ntohs(((struct sockaddr_in *)&hammer->to)->sin_port), HAMMER_WAIT,
          (int)(hammer - entries));
}

/// Deals with whose time is over; returns in how many milliseconds the next one's is.
static int clock_round(void) {
    long long time = now();
    int wait = 1000;
    for (int place = 0; place < LIMIT; place++) {
        struct entry *entry = &entries[place];
        if (entry->kind == NOTHING || entry->deadline == 0) continue;
        if (entry->deadline <= time) {
            if (entry->kind == HAMMER) strike(entry);
            else settle(entry, "silent");
        }
        if (entry->kind == PROBE && entry->again && entry->again <= time && speak(entry) < 0) fail(entry, errno);
        long long next = entry->again && entry->again < entry->deadline ? entry->again : entry->deadline;
        if (entry->kind != NOTHING && next && next - time < wait) wait = next > time ? (int)(next - time) : 0;
    }
    return wait;
}

static int open_control(const char *path, bool socket_wanted) {
    if (!socket_wanted) {
        int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
        struct termios settings;
        if (fd >= 0 && tcgetattr(fd, &settings) == 0) {
            cfmakeraw(&settings);
            cfsetspeed(&settings, B115200);
            settings.c_cflag |= CLOCAL;
            tcsetattr(fd, TCSANOW, &settings);
        }
        return fd;
    }
    int door = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    snprintf(own.sun_path, sizeof own.sun_path, "%s", path);
    if (bind(door, (struct sockaddr *)&own, sizeof own) < 0 || listen(door, 1) < 0) return -1;
    int fd = accept(door, NULL, NULL);
    if (fd >= 0) fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

int main(int count, char **arguments) {
    bool is_socket = count > 2;
    control = count > 1 ? open_control(arguments[1], is_socket) : -1;
    if (control < 0) return perror("packet-probe"), 1;
    static char buffer[65536];
    size_t filled = 0;
    answer("probe", "ready");
    while (true) {
        struct pollfd polls[LIMIT + 1] = {{control, POLLIN, 0}};
        int place_of[LIMIT + 1], polled = 1, wait = clock_round();
        for (int place = 0; place < LIMIT; place++) {
            if (entries[place].kind == NOTHING || entries[place].fd < 0) continue;
            place_of[polled] = place;
            polls[polled++] = (struct pollfd){entries[place].fd, entries[place].connecting ? POLLOUT : POLLIN, 0};
        }
        if (poll(polls, polled, wait) < 0 && errno != EINTR) return 1;
        for (int index = 1; index < polled; index++) {
            struct entry *entry = &entries[place_of[index]];
            if (polls[index].revents && entry->kind != NOTHING && entry->fd == polls[index].fd) {
                ready(entry, polls[index].revents);
            }
        }
        if (!polls[0].revents) continue;
        ssize_t got = read(control, buffer + filled, sizeof buffer - filled);
        // Whoever asked has gone: on a socket for good, on a serial line until the next one comes.
        if (is_socket && (got == 0 || (got < 0 && errno != EAGAIN))) return 0;
        if (got <= 0) continue;
        filled += got;
        char *line = buffer, *stop;
        while ((stop = memchr(line, '\n', buffer + filled - line))) {
            *stop = 0;
            obey(line);
            line = stop + 1;
        }
        filled -= line - buffer;
        memmove(buffer, line, filled);
        if (filled == sizeof buffer) filled = 0;
    }
}
