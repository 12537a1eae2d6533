#include "CNcurses.h"
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static FILE *out_file, *in_file;

SCREEN *bay_newterm(const char *term, int out, int in) {
    int o = dup(out), i = dup(in);
    out_file = o < 0 ? NULL : fdopen(o, "w");
    in_file = i < 0 ? NULL : fdopen(i, "r");
    SCREEN *screen = out_file && in_file ? newterm(term, out_file, in_file) : NULL;
    if (!screen) bay_delscreen(NULL);
    // Until it has been left once, ncurses takes each move of the cursor for one made outside of a picture, and writes it at
    // once: some hundred calls of write a picture. The first picture takes the terminal up again.
    if (screen) endwin();
    return screen;
}

void bay_delscreen(SCREEN *screen) {
    if (screen) delscreen(screen);
    if (out_file) fclose(out_file);
    if (in_file) fclose(in_file);
    out_file = in_file = NULL;
}

WINDOW *bay_stdscr(void) { return stdscr; }

void bay_enter(void) {
    // Of a terminal that it takes up ncurses does not know the colours. It clears with the terminal's own, and then thinks that
    // plain text has been set; the second time it has.
    werase(stdscr);
    wnoutrefresh(stdscr);
    doupdate();
    clearok(curscr, TRUE);
}

void bay_rewrite(int rows) {
    // resizeterm asks for a clear, which shows as a flash in the terminal's own background.
    clearok(curscr, FALSE);
    clearok(newscr, FALSE);
    clearok(stdscr, FALSE);
    wredrawln(curscr, 0, rows);
    redrawwin(stdscr);
}

int bay_colors(void) { return COLORS; }

const char *bay_capability(const char *name) {
    char *value = tigetstr(name);
    return value == (char *)-1 ? NULL : value;
}

int bay_wcwidth(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

int bay_locale(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return 1;
    setlocale(LC_CTYPE, "C.UTF-8");
    return 0;
}

int bay_window_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int bay_output_pending(int fd) {
    int bytes = 0;
    return ioctl(fd, TIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

int bay_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int bay_memory(void) { return memfd_create("bay-frame", MFD_CLOEXEC); }

int bay_reopen(int fd) {
    char name[128];
    if (ttyname_r(fd, name, sizeof name) != 0) return -1;
    return open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static volatile sig_atomic_t guarded;
static struct termios saved_modes;
static int guard_in = -1, guard_out = -1;
static char restore_bytes[512];
static size_t restore_length;

int bay_guard(int in, int out, const char *restore, size_t length, int save) {
    guarded = 0;
    if (length > sizeof restore_bytes || (save && tcgetattr(in, &saved_modes) != 0)) return -1;
    memcpy(restore_bytes, restore, length);
    restore_length = length;
    guard_in = in;
    guard_out = out;
    guarded = 1;
    return 0;
}

void bay_raw(int in) {
    struct termios modes = saved_modes;
    cfmakeraw(&modes);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    tcsetattr(in, TCSANOW, &modes);
}

void bay_unguard(int write_bytes) {
    if (!guarded) return;
    guarded = 0;
    size_t done = 0;
    while (write_bytes && done < restore_length) {
        ssize_t n = write(guard_out, restore_bytes + done, restore_length - done);
        if (n > 0) done += (size_t)n;
        else if (errno != EINTR) break;
    }
    tcsetattr(guard_in, TCSANOW, &saved_modes);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS};
static const int asked[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGPIPE};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
static struct sigaction old_crashes[COUNT(crashes)], old_asked[COUNT(asked)];
static int pipe_ends[2] = {-1, -1};
static volatile sig_atomic_t leaving;
static int installed;

static void crashed(int number, siginfo_t *info, void *context) {
    (void)context;
    bay_unguard(1);
    // Whoever handled it before (Swift's backtracer) sees it as if we had never been here.
    for (size_t i = 0; i < COUNT(crashes); i++)
        if (crashes[i] == number) sigaction(number, &old_crashes[i], NULL);
    // A fault happens again by itself, and then a core dump shows where. A trap would be stepped over.
    int is_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
    if (!is_fault || info->si_code <= 0) raise(number);
}

static void signalled(int number) {
    int saved = errno;
    if (number == SIGTERM || number == SIGHUP || number == SIGQUIT) {
        // The loop is stuck when it has not answered the first one: leave without it.
        if (leaving++) {
            bay_unguard(1);
            signal(number, SIG_DFL);
            raise(number);
        }
    }
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(pipe_ends[1], &byte, 1);
    (void)ignored;
    errno = saved;
}

int bay_signals_install(void) {
    if (installed) return pipe_ends[0];
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    leaving = 0;
    // A stack that is full can not run a handler. Signal stacks belong to threads: this one is the loop's.
    static char handler_stack[64 * 1024];
    stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(crashes); i++) sigaction(crashes[i], &action, &old_crashes[i]);
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < COUNT(asked); i++) {
        action.sa_handler = asked[i] == SIGPIPE ? SIG_IGN : signalled;
        sigaction(asked[i], &action, &old_asked[i]);
        // Ignored on purpose (nohup) stays ignored.
        if (asked[i] == SIGHUP && old_asked[i].sa_handler == SIG_IGN) sigaction(SIGHUP, &old_asked[i], NULL);
    }
    installed = 1;
    return pipe_ends[0];
}

void bay_signals_remove(void) {
    if (!installed) return;
    for (size_t i = 0; i < COUNT(crashes); i++) sigaction(crashes[i], &old_crashes[i], NULL);
    for (size_t i = 0; i < COUNT(asked); i++) sigaction(asked[i], &old_asked[i], NULL);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    pipe_ends[0] = pipe_ends[1] = -1;
    installed = 0;
}

void bay_stop_self(void) {
    struct sigaction standard, ours;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &standard, &ours);
    // All that the shell waits for, as the terminal does it: a program that started this one waits, too.
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
}
