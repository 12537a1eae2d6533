// A file of its own: term.h makes macros of words such as `lines` and `columns`.
#include "CNcurses.h"
#include <term.h>

void bay_forget_repeat(void) {
    // xterm's description promises REP, and much that calls itself xterm does not know it and shows one character of many.
    if (cur_term) repeat_char = NULL;
}
