// A file of its own: term.h makes macros of words such as `lines` and `columns`.
#include "CNcurses.h"
#include <term.h>

void bay_forget_capabilities(void) {
    if (!cur_term) return;
    // No colour is defined anew, so there is nothing to put back, and what the person at the terminal has defined stays.
    orig_colors = NULL;
    // xterm's description promises REP, and much that calls itself xterm does not know it and shows one character of many.
    repeat_char = NULL;
}
