// Text for the tokenizer tests: several scripts, code, white space of all kinds, and a small generator of prose.
#pragma once

#include <QByteArray>
#include <QList>

namespace samples {

inline QList<QByteArray> words()
{
    return QByteArray("the of and to in is that for it as with on be this are by an at from or have which can will not "
                      "all one their more other if when there been has its new would may some two time than only these "
                      "def return class import self value function list string number json object parse module file "
                      "encode decode token model layer train learning rate gradient step loss memory attention state")
        .split(' ');
}

/// Prose and code made from words(), the same at every call.
inline QByteArray prose(int wordCount, quint32 seed = 1)
{
    const QList<QByteArray> list = words();
    QByteArray text;
    quint32 state = seed;
    for (int i = 0; i < wordCount; ++i) {
        state = state * 1664525U + 1013904223U;
        const quint32 draw = state >> 8;
        text += list[static_cast<qsizetype>((draw % 1000) * (draw % 1000) / 1000 * list.size() / 1000)];
        const quint32 end = (state >> 3) % 24;
        text += end == 0 ? ".\n" : end == 1 ? ", " : end == 2 ? "():\n    " : end == 3 ? " 1234 " : " ";
    }
    return text;
}

/// Hard cases; all valid UTF-8 without U+2581.
inline QList<QByteArray> texts()
{
    return {"", " ", "  ", "\n", "\t", "a", "Hello, world!", "  leading and trailing  ", "tabs\tand\t\ttabs",
            "line one\nline two\r\n\r\nline four", "def f(x):\n        return x ** 2\n", "ﬁ ligature, ½, ①, Ａ full width",
            "Grüße aus Köln; naïve café; Ελληνικά; русский текст; עברית; العربية",
            "日本語の文章です。中文字符。한국어 문장입니다.", "emoji 😀 👩‍👩‍👧 🇩🇪 e\xCC\x81 combined",
            "the theory of the other there", "1234567890 3.14159 0x1F", QByteArray(300, 'a'), QByteArray(200, ' '),
            QByteArray("the ").repeated(60), QByteArray("token").repeated(50), "nul \0 inside" + QByteArray(1, '\0') + "end",
            "<s> </s> <unk> <0x41> are only text", "\xEF\xBF\xBD replacement \xEF\xBB\xBF mark", "x\xC2\xA0y\xE2\x80\x83z",
            prose(400, 7)};
}

/// Not UTF-8, or with U+2581, which the file format uses for the space.
inline QList<QByteArray> hardBytes()
{
    return {QByteArray("\xFF\xFE broken"), QByteArray("cut \xE2\x82"), QByteArray("\x80\x80trail"), QByteArray("\xC0\xAFoverlong"),
            QByteArray("\xED\xA0\x80surrogate"), QByteArray("\xF4\x90\x80\x80too large"), QByteArray("the \xE2 cat\xF0\x9F the"),
            QByteArray("a \xE2\x96\x81 block"), QByteArray("\xE2\x96\x81the\xE2\x96\x81"), QByteArray("\xE2\x96\x85 reserved")};
}

}  // namespace samples
