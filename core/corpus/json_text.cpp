#include "core/corpus/json_text.h"

namespace athanor::corpus {

namespace {

/// The letter after the backslash for the characters that have a short form; 0 for the others.
char shortEscape(unsigned char character)
{
    switch (character) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

void appendEscaped(QByteArray &out, unsigned char character)
{
    out += '\\';
    if (const char letter = shortEscape(character)) {
        out += letter;
        return;
    }
    constexpr char kDigits[] = "0123456789abcdef";
    out += "u00";
    out += kDigits[character >> 4];
    out += kDigits[character & 15];
}

}  // namespace

void appendJsonString(QByteArray &out, QByteArrayView text)
{
    out += '"';
    qsizetype written = 0;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const auto character = static_cast<unsigned char>(text[i]);
        if (character >= 0x20 && character != '"' && character != '\\')
            continue;
        out.append(text.sliced(written, i - written));
        appendEscaped(out, character);
        written = i + 1;
    }
    out.append(text.sliced(written));
    out += '"';
}

void appendJsonEntry(QByteArray &out, const char *key, QByteArrayView value)
{
    out += '"';
    out += key;
    out += "\":";
    appendJsonString(out, value);
}

}  // namespace athanor::corpus
