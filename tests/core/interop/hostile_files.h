// Files made byte by byte, so that a test can let them lie. Thread: pure functions.
#pragma once

#include "core/base/error.h"
#include "zip_file.h"

#include <QFile>
#include <QtTest>

namespace athanor::test {

/// A text as GGUF stores it.
inline QByteArray counted(const QByteArray &text) { return u64(quint64(text.size())) + text; }

inline QString writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write a test file");
    return path;
}

}  // namespace athanor::test

/// The error must have the code and say `word`.
#define COMPARE_REFUSAL(result, expectedCode, word)                                                                    \
    do {                                                                                                               \
        const auto &refused = result;                                                                                  \
        QVERIFY2(!refused, "it was accepted");                                                                         \
        QVERIFY2(refused.error().message.contains(word), qPrintable(refused.error().message));                         \
        QCOMPARE(athanor::errorCodeName(refused.error().code), athanor::errorCodeName(expectedCode));                  \
    } while (false)
