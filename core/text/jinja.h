// The template language that Hugging Face chat templates are written in (Jinja, as transformers sets it up:
// trim_blocks, lstrip_blocks, a sandbox in which nothing can be changed, break and continue, {% generation %}).
// Role: reads a template once and renders it with variables. It loads no files and reaches nothing outside its
// arguments but the clock (strftime_now). Errors: Corrupt (the template cannot be read), InvalidInput (it fails or
// refuses with raise_exception), LimitExceeded; each names the template's line. Thread: const members are safe.
#pragma once

#include "core/text/jinja_value.h"

namespace athanor::text::jinja {

struct RenderOptions {
    qint64 steps = 10'000'000;
    int depth = 1'000;  // of calls and expressions in each other
    qint64 outputBytes = 64 * 1024 * 1024;
    qint64 workBytes = 512 * 1024 * 1024;  // of all texts made on the way
    qint64 milliseconds = 10'000;
    qint64 now = 0;  // seconds since 1970 for strftime_now; 0: the clock
};

using Variables = std::vector<std::pair<QByteArray, Value>>;
struct Program;

class ATHANOR_EXPORT Template {
public:
    /// At most 1 MiB of UTF-8.
    static Result<Template> parse(const QByteArray &source);
    /// Text with the spans that the template wrote and those inside {% generation %}.
    Result<Text> render(const Variables &variables, const RenderOptions &options = {}) const;
    bool marksGeneration() const;
    /// Names and texts that the template mentions hold `word` ("tools", "enable_thinking").
    bool mentions(QByteArrayView word) const;

private:
    std::shared_ptr<const Program> m_program;
};

/// JSON to a value, keys in their order; strings are trusted or not as told. Limits: 100 levels. Errors: Corrupt with the place.
ATHANOR_EXPORT Result<Value> parseJson(QByteArrayView json, Trust trust);

struct JsonStyle {
    bool asciiOnly = false;
    bool sortKeys = false;
    bool hasIndent = false;
    QByteArray indent;
    QByteArray itemSeparator = ", ", keySeparator = ": ";
};
/// As Python's json.dumps. Throws Failure; for use inside the engine.
Text toJson(const Value &value, const JsonStyle &style, int depth = 0);

}  // namespace athanor::text::jinja
