#ifndef BAY_CNCURSES_H
#define BAY_CNCURSES_H
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#endif
