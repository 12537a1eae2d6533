#include "CTOML.h"
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string_view>
#include <toml++/toml.h>

static char *fail(struct bay_toml_problem *problem, unsigned line, std::string_view text) {
    problem->line = line;
    std::snprintf(problem->text, sizeof problem->text, "%.*s", static_cast<int>(text.size()), text.data());
    return nullptr;
}

// No exception leaves this file: Swift has none.
char *bay_toml_to_json(const char *text, size_t length, struct bay_toml_problem *problem) {
    try {
        const toml::table table = toml::parse(std::string_view(text, length));
        std::ostringstream json;
        json << toml::json_formatter(table);
        return strdup(json.str().c_str());
    } catch (const toml::parse_error &error) {
        return fail(problem, error.source().begin.line, error.description());
    } catch (const std::exception &error) {
        return fail(problem, 0, error.what());
    }
}
