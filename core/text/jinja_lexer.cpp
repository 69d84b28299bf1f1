// See jinja_lexer.h.
#include "core/text/jinja_lexer.h"

#include "core/text/utf8.h"

#include <cstring>

namespace athanor::text::jinja {
namespace {

const char *const kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(",
                                  ")",  "{",  "}",  ">",  "<",  "=",  ".", ":", "|", ",", ";"};

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isNameBegin(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// One kind of line end; a single one at the very end goes.
QByteArray normalizedLines(QByteArray source)
{
    source.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith('\n'))
        source.chop(1);
    return source;
}

class Lexer {
public:
    explicit Lexer(const QByteArray &source) : m_source(normalizedLines(source)) {}

    std::vector<Token> run()
    {
        while (m_position < m_source.size())
            data();
        add(TokenKind::End, {});
        return std::move(m_tokens);
    }

private:
    bool at(const char *text) const { return QByteArrayView(m_source).sliced(m_position).startsWith(text); }
    void add(TokenKind kind, const QByteArray &value) { m_tokens.push_back({kind, value, m_line}); }
    [[noreturn]] void fail(const QString &message) const { throw SyntaxFailure{message, m_line}; }

    void moveTo(qsizetype position)
    {
        m_line += static_cast<int>(QByteArrayView(m_source).sliced(m_position, position - m_position).count('\n'));
        m_position = position;
    }
    void skipSpace() { moveTo(m_position + leadingEnd(QByteArrayView(m_source).sliced(m_position))); }

    qsizetype nextTag() const
    {
        qsizetype at = m_position;
        while ((at = m_source.indexOf('{', at)) >= 0) {
            const char next = at + 1 < m_source.size() ? m_source[at + 1] : '\0';
            if (next == '{' || next == '%' || next == '#')
                return at;
            ++at;
        }
        return -1;
    }

    // The text before a tag, as the tag's sign and lstrip_blocks leave it.
    void addData(qsizetype begin, qsizetype end, char sign, bool isVariable)
    {
        const bool lineBegins = begin == 0 || m_source[begin - 1] == '\n';
        const QByteArray text = m_source.mid(begin, end - begin);
        qsizetype keep = text.size();
        if (sign == '-') {
            keep = trailingBegin(text, 0);
        } else if (sign != '+' && !isVariable) {
            const qsizetype line = text.lastIndexOf('\n') + 1;
            if ((line > 0 || lineBegins) && trailingBegin(text, line) == line)
                keep = line;
        }
        if (keep > 0)
            add(TokenKind::Data, text.left(keep));
    }

    void data()
    {
        const qsizetype tag = nextTag();
        if (tag < 0) {
            add(TokenKind::Data, m_source.mid(m_position));
            moveTo(m_source.size());
            return;
        }
        const char kind = m_source[tag + 1];
        const char sign = tag + 2 < m_source.size() ? m_source[tag + 2] : '\0';
        const bool isSigned = sign == '-' || sign == '+';
        addData(m_position, tag, sign, kind == '{');
        moveTo(tag + (isSigned ? 3 : 2));
        if (kind == '#')
            comment();
        else if (kind == '%' && !raw())
            code(TokenKind::BlockBegin, TokenKind::BlockEnd);
        else if (kind == '{')
            code(TokenKind::VariableBegin, TokenKind::VariableEnd);
    }

    // After the closing "%}" or "#}": trim_blocks, unless the tag is signed.
    void closeTag(qsizetype close, char sign)
    {
        moveTo(close + 2);
        if (sign == '-')
            skipSpace();
        else if (sign != '+' && m_position < m_source.size() && m_source[m_position] == '\n')
            moveTo(m_position + 1);
    }

    void comment()
    {
        const qsizetype close = m_source.indexOf("#}", m_position);
        if (close < 0)
            fail(QStringLiteral("a comment has no end"));
        closeTag(close, close > m_position ? m_source[close - 1] : '\0');
    }

    bool raw()
    {
        const qsizetype before = m_position;
        const int line = m_line;
        skipSpace();
        const bool isRaw = at("raw") && afterWord(3, false);
        if (!isRaw) {
            m_position = before;
            m_line = line;
            return false;
        }
        const qsizetype begin = m_position;
        for (qsizetype open = m_source.indexOf("{%", begin); open >= 0; open = m_source.indexOf("{%", open + 1)) {
            const char sign = open + 2 < m_source.size() ? m_source[open + 2] : '\0';
            moveTo(open + (sign == '-' || sign == '+' ? 3 : 2));
            skipSpace();
            const qsizetype word = m_position;
            if (at("endraw") && afterWord(6, true)) {
                const int end = m_line;
                m_line = line;
                addData(begin, open, sign, false);
                m_line = end;
                return true;
            }
            m_position = word;
        }
        fail(QStringLiteral("a raw block has no end"));
    }

    // The rest of a raw or endraw tag after its word.
    bool afterWord(qsizetype length, bool trims)
    {
        const qsizetype word = m_position;
        const int line = m_line;
        moveTo(m_position + length);
        skipSpace();
        for (const char *end : {"-%}", "+%}", "%}"}) {
            if (!at(end) || (*end == '+' && !trims))
                continue;
            moveTo(m_position + static_cast<qsizetype>(std::strlen(end)) - 2);
            closeTag(m_position, trims || *end == '-' ? *end : '+');
            return true;
        }
        m_position = word;
        m_line = line;
        return false;
    }

    void code(TokenKind begin, TokenKind end)
    {
        const bool isBlock = begin == TokenKind::BlockBegin;
        const char *close = isBlock ? "%}" : "}}";
        add(begin, {});
        m_open.clear();
        for (;;) {
            if (m_position >= m_source.size())
                fail(QStringLiteral("a tag has no end"));
            const char sign = m_source[m_position];
            const qsizetype skip = sign == '-' || (sign == '+' && isBlock) ? 1 : 0;
            if (m_open.isEmpty() && QByteArrayView(m_source).sliced(m_position + skip).startsWith(close)) {
                add(end, {});
                closeTag(m_position + skip, skip ? sign : isBlock ? '\0' : '+');
                return;
            }
            codeToken();
        }
    }

    void codeToken()
    {
        const char c = m_source[m_position];
        const qsizetype space = leadingEnd(QByteArrayView(m_source).sliced(m_position));
        if (space > 0)
            moveTo(m_position + space);
        else if (isDigit(c))
            number();
        else if (isNameBegin(c))
            name();
        else if (c == '\'' || c == '"')
            string(c);
        else
            punctuation();
    }

    qsizetype digits(qsizetype from) const
    {
        while (from < m_source.size()
               && (isDigit(m_source[from])
                   || (m_source[from] == '_' && from + 1 < m_source.size() && isDigit(m_source[from + 1]))))
            ++from;
        return from;
    }
    char peek(qsizetype position) const { return position < m_source.size() ? m_source[position] : '\0'; }

    void number()
    {
        const char prefix = static_cast<char>(peek(m_position + 1) | 0x20);
        qsizetype end = m_position + 2;
        TokenKind kind = TokenKind::Integer;
        if (m_source[m_position] == '0' && (prefix == 'x' || prefix == 'o' || prefix == 'b')) {
            while (isDigit(peek(end)) || peek(end) == '_' || (prefix == 'x' && std::isxdigit(static_cast<unsigned char>(peek(end)))))
                ++end;
        } else {
            end = digits(m_position);
            const bool afterDot = m_position > 0 && m_source[m_position - 1] == '.';
            if (!afterDot && peek(end) == '.' && isDigit(peek(end + 1))) {
                end = digits(end + 1);
                kind = TokenKind::Float;
            }
            const qsizetype sign = peek(end + 1) == '-' || peek(end + 1) == '+' ? 1 : 0;
            if (!afterDot && (peek(end) | 0x20) == 'e' && isDigit(peek(end + 1 + sign))) {
                end = digits(end + 1 + sign);
                kind = TokenKind::Float;
            }
        }
        add(kind, m_source.mid(m_position, end - m_position).replace("_", ""));
        m_position = end;
    }

    void name()
    {
        qsizetype end = m_position;
        while (end < m_source.size() && (isNameBegin(m_source[end]) || isDigit(m_source[end])))
            ++end;
        add(TokenKind::Name, m_source.mid(m_position, end - m_position));
        m_position = end;
    }

    void string(char quote)
    {
        qsizetype end = m_position + 1;
        while (end < m_source.size() && m_source[end] != quote)
            end += m_source[end] == '\\' ? 2 : 1;
        if (end >= m_source.size())
            fail(QStringLiteral("a string has no end"));
        add(TokenKind::String, unescaped(m_source.mid(m_position + 1, end - m_position - 1)));
        moveTo(end + 1);
    }

    QByteArray unescaped(const QByteArray &text) const;

    void punctuation()
    {
        for (const char *candidate : kOperators) {
            if (!at(candidate))
                continue;
            add(TokenKind::Operator, candidate);
            const char c = *candidate;
            if (c == '(' || c == '[' || c == '{') {
                m_open.append(c == '(' ? ')' : c == '[' ? ']' : '}');
            } else if (c == ')' || c == ']' || c == '}') {
                if (!m_open.endsWith(c))
                    fail(QStringLiteral("unexpected '%1'").arg(QLatin1Char(c)));
                m_open.chop(1);
            }
            m_position += static_cast<qsizetype>(std::strlen(candidate));
            return;
        }
        fail(QStringLiteral("unexpected character '%1'").arg(QLatin1Char(m_source[m_position])));
    }

    QByteArray m_source;
    qsizetype m_position = 0;
    int m_line = 1;
    QByteArray m_open;  // the closing brackets that are waited for
    std::vector<Token> m_tokens;
};

// Python's escapes; unknown ones stay as they are.
QByteArray Lexer::unescaped(const QByteArray &text) const
{
    static constexpr char kFrom[] = "ntr\\'\"abfv", kTo[] = "\n\t\r\\'\"\a\b\f\v";
    QByteArray result;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 >= text.size()) {
            result.append(text[i]);
            continue;
        }
        const char c = text[++i];
        const qsizetype width = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (c == '\n')
            continue;
        if (const char *known = std::strchr(kFrom, c)) {
            result.append(kTo[known - kFrom]);
        } else if (width > 0 || (c >= '0' && c <= '7')) {
            qsizetype length = width;
            for (const qsizetype begin = i; width == 0 && length < 3 && begin + length < text.size(); ++length)
                if (text[begin + length] < '0' || text[begin + length] > '7')
                    break;
            bool ok = false;
            const uint value = text.mid(width ? i + 1 : i, length).toUInt(&ok, width ? 16 : 8);
            if (!ok || (width && i + width >= text.size()) || value > 0x10ffff)
                fail(QStringLiteral("a string has a broken escape"));
            appendCodePoint(result, value >= 0xd800 && value < 0xe000 ? 0xfffd : value);
            i += width ? width : length - 1;
        } else {
            result.append('\\').append(c);
        }
    }
    return result;
}

}  // namespace

std::vector<Token> tokenize(const QByteArray &source) { return Lexer(source).run(); }

}  // namespace athanor::text::jinja
