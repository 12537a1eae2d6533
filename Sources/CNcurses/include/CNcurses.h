#ifndef BAY_CNCURSES_H
#define BAY_CNCURSES_H
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdint.h>
#include <sys/types.h>

// What Swift cannot import of ncurses: macros, mutable globals, FILE.

static const attr_t BAY_BOLD = A_BOLD, BAY_DIM = A_DIM, BAY_ITALIC = A_ITALIC, BAY_REVERSE = A_REVERSE,
                    BAY_UNDERLINE = A_UNDERLINE;

/// `newterm` on copies of two descriptors; NULL when the terminal is not known. `out` need not be a terminal.
SCREEN *bay_newterm(const char *term, int out, int in);
/// Frees the screen and closes what `bay_newterm` opened.
void bay_delscreen(SCREEN *screen);
WINDOW *bay_stdscr(void);
/// Takes the terminal up, at first and after `endwin`, with an empty picture: the next refresh clears and draws all.
void bay_enter(void);
/// After a change of size: everything is written again over what is there, without clearing the screen first.
void bay_rewrite(int rows);
int bay_colors(void);
/// A capability of the current terminal as text, NULL when it has none.
const char *bay_capability(const char *name);
int bay_wcwidth(uint32_t scalar);

// What Glibc's Swift module hides or what only makes sense in C.

/// LC_CTYPE from the environment. Returns 1 when it is UTF-8; else C.UTF-8 is set, so that wide characters work at all.
int bay_locale(void);
int bay_window_size(int fd, int *columns, int *rows);
/// Bytes written to the terminal that the other side has not read; -1 when unknown.
int bay_output_pending(int fd);
int bay_eventfd(void);
/// A file in memory: what ncurses writes to, so that a frame is known before it is sent.
int bay_memory(void);
/// Opens a terminal once more, without blocking: the flag would else hold for the shell too. -1 when it cannot.
int bay_reopen(int fd);
/// The terminal's modes for a full-screen program, made from the guarded ones.
void bay_raw(int in);

// The way out. Signal handlers only write to a descriptor or put the terminal back; everything else happens in the loop.

/// Remembers what to write to put the terminal back and, with `save`, its modes as they are now. One terminal at a time.
int bay_guard(int in, int out, const char *restore, size_t length, int save);
/// Puts the terminal's modes back if it is guarded, and forgets it; with `write_bytes` its screen too. Safe in a signal handler.
void bay_unguard(int write_bytes);
/// Installs the handlers; each signal arrives as one byte on the returned descriptor. -1 on failure.
int bay_signals_install(void);
/// Gives every signal back to whoever had it before.
void bay_signals_remove(void);
/// Stops this process as SIGTSTP would have, and returns when it goes on.
void bay_stop_self(void);
#endif
