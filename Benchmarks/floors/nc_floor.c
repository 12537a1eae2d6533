/* The least that a list on ncurses can do: N made rows, a cursor, pages. What a console costs beyond this is its own.
   Usage: nc_floor N */
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>

static void draw(int first, int selected, int total) {
    erase();
    mvprintw(0, 0, "machines: %d of %d", selected + 1, total);
    for (int line = 1; line < LINES - 1 && first + line - 1 < total; line++) {
        int row = first + line - 1;
        if (row == selected) attron(A_REVERSE);
        mvprintw(line, 0, "desktop-%05d  %-10s %-14s %3d%% %7d MiB  10.1.%d.%d  department-%d  user%05d@example.org",
                 row, row % 3 ? "running" : "off", "debian12", row * 37 % 100, 1024 * (1 + row % 16), row / 250 % 250,
                 row % 250, row % 5, row);
        if (row == selected) attroff(A_REVERSE);
    }
    refresh();
}

int main(int count, char **words) {
    int total = count > 1 ? atoi(words[1]) : 10000, selected = 0, first = 0, key = 0;
    setlocale(LC_ALL, "");
    initscr();
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    while (key != 'q' && key != ERR) {
        int page = LINES - 2;
        if (selected < first) first = selected;
        if (selected >= first + page) first = selected - page + 1;
        draw(first, selected, total);
        key = getch();
        if (key == KEY_DOWN) selected += 1;
        if (key == KEY_UP) selected -= 1;
        if (key == KEY_NPAGE) selected += page;
        if (key == KEY_PPAGE) selected -= page;
        if (selected >= total) selected = total - 1;
        if (selected < 0) selected = 0;
    }
    endwin();
    return 0;
}
