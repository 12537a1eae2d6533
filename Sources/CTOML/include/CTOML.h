#ifndef BAY_CTOML_H
#define BAY_CTOML_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why a text is no TOML, and in which line that shows: 0 when no line is to blame.
struct bay_toml_problem {
    unsigned line;
    char text[256];
};

/// A TOML document as JSON, for the caller to free; NULL, and the problem filled in, when it is none. Dates, times and
/// numbers that are none become texts.
char *bay_toml_to_json(const char *text, size_t length, struct bay_toml_problem *problem);

#ifdef __cplusplus
}
#endif
#endif
