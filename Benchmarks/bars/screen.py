"""What a terminal shows after the bytes that a program wrote: as much of a VT as ncurses programs use."""

import codecs
import re
import unicodedata

SEQUENCE = re.compile(
    r"\x1b\[([?>=!<]?)([0-9;:]*)([ !\"#$%&'()*+,./-]*)([@-~])"  # CSI
    r"|\x1b[\]P^_X](?:[^\x07\x1b]|\x1b[^\\])*(?:\x07|\x1b\\)"  # OSC, DCS, PM, APC
    r"|\x1b[ #%()*+./-].|\x1b[0-Z\\^-~]"  # charsets and short ones
)
LINES = dict(zip("jklmnqtuvwx", "┘┐┌└┼─├┤┴┬│"))


def columns(character):
    if unicodedata.combining(character) or character in "\u200b\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    def __init__(self, width, height):
        self.width, self.height = width, height
        self.cells = [[" "] * width for _ in range(height)]
        self.row = self.column = 0
        self.top, self.bottom = 0, height - 1
        self.saved = (0, 0)
        self.last, self.drawing, self.rest = " ", False, ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def lines(self):
        return ["".join(cells).rstrip() for cells in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest, at = "", 0
        while at < len(text):
            if text[at] != "\x1b":
                self.put(text[at])
                at += 1
                continue
            found = SEQUENCE.match(text, at)
            if found is None:
                if len(text) - at < 4096:
                    self.rest = text[at:]  # the end has not arrived yet
                return
            at = found.end()
            if found.group(4):
                if not found.group(1) and not found.group(3):
                    self.control(found.group(4), found.group(2))
            else:
                self.short(found.group(0))

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character in "\n\v\f":
            self.line_feed()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\t":
            self.column = min(self.width - 1, self.column // 8 * 8 + 8)
        elif character in "\x0e\x0f":
            self.drawing = character == "\x0e"
        elif character >= " " and character != "\x7f":
            character = LINES.get(character, character) if self.drawing else character
            size = columns(character)
            if size == 0:
                return
            if self.column + size > self.width:
                self.column = 0
                self.line_feed()
            line = self.cells[self.row]
            line[self.column] = character
            if size == 2 and self.column + 1 < self.width:
                line[self.column + 1] = ""
            self.column += size
            self.last = character

    def line_feed(self):
        if self.row == self.bottom:
            self.scroll(self.top, 1)
        else:
            self.row = min(self.height - 1, self.row + 1)

    def scroll(self, top, count):
        for _ in range(min(abs(count), self.height)):
            if count > 0:
                del self.cells[top]
                self.cells.insert(self.bottom, [" "] * self.width)
            else:
                del self.cells[self.bottom]
                self.cells.insert(top, [" "] * self.width)

    def short(self, sequence):
        if sequence == "\x1b(0":
            self.drawing = True
        elif sequence == "\x1b(B":
            self.drawing = False
        elif sequence == "\x1b7":
            self.saved = (self.row, self.column)
        elif sequence == "\x1b8":
            self.row, self.column = self.saved
        elif sequence == "\x1bM":
            if self.row == self.top:
                self.scroll(self.top, -1)
            else:
                self.row = max(0, self.row - 1)
        elif sequence in ("\x1bD", "\x1bE"):
            self.line_feed()
        elif sequence == "\x1bc":
            self.__init__(self.width, self.height)

    def control(self, final, words):
        numbers = [int(word.split(":")[0] or 0) for word in words.split(";")] if words else []
        first = numbers[0] if numbers and numbers[0] else 1
        kind = numbers[0] if numbers else 0
        line = self.cells[self.row]
        at = min(self.column, self.width - 1)
        if final in "Hf":
            second = numbers[1] if len(numbers) > 1 and numbers[1] else 1
            self.row, self.column = min(first, self.height) - 1, min(second, self.width) - 1
        elif final == "G":
            self.column = min(first, self.width) - 1
        elif final == "d":
            self.row = min(first, self.height) - 1
        elif final == "A":
            self.row = max(0, self.row - first)
        elif final in "Be":
            self.row = min(self.height - 1, self.row + first)
        elif final in "Ca":
            self.column = min(self.width - 1, self.column + first)
        elif final == "D":
            self.column = max(0, at - first)
        elif final == "J":
            if kind in (0, 2, 3):
                for row in range(self.row + 1 if kind == 0 else 0, self.height):
                    self.cells[row] = [" "] * self.width
            if kind == 0:
                line[at:] = [" "] * (self.width - at)
            if kind == 1:
                for row in range(self.row):
                    self.cells[row] = [" "] * self.width
                line[: at + 1] = [" "] * (at + 1)
        elif final == "K":
            begin, end = {0: (at, self.width), 1: (0, at + 1)}.get(kind, (0, self.width))
            line[begin:end] = [" "] * (end - begin)
        elif final == "X":
            end = min(self.width, at + first)
            line[at:end] = [" "] * (end - at)
        elif final == "P":
            self.cells[self.row] = (line[:at] + line[at + first :] + [" "] * first)[: self.width]
        elif final == "@":
            self.cells[self.row] = (line[:at] + [" "] * first + line[at:])[: self.width]
        elif final == "L":
            self.scroll(self.row, -first)
        elif final == "M":
            self.scroll(self.row, first)
        elif final == "S":
            self.scroll(self.top, first)
        elif final == "T":
            self.scroll(self.top, -first)
        elif final == "b":
            for _ in range(first):
                self.put(self.last)
        elif final == "r":
            self.top = first - 1
            self.bottom = (numbers[1] if len(numbers) > 1 and numbers[1] else self.height) - 1
            self.row = self.column = 0
