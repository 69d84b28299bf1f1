// Runs athanor-cli as a person's shell would, for tests of the command line and of whole ways.
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

/// The command ended well; else what it said.
#define VERIFY_DONE(result) QVERIFY2((result).exitCode == 0, ((result).output + (result).messages).constData())

namespace athanor::test {

struct CommandResult {
    int exitCode = -1;
    QByteArray output;
    QByteArray messages;
    QJsonObject json() const { return QJsonDocument::fromJson(output).object(); }
};

/// `words` follow "athanor-cli"; `input` goes to standard input.
inline CommandResult runCommand(const QStringList &words, const QByteArray &input = {}, const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment())
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(ATHANOR_BINARY_DIR "/bin/athanor-cli"), words);
    process.write(input);
    process.closeWriteChannel();
    process.waitForFinished(240000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

/// Words as a shell without quotes takes them apart.
inline QStringList split(const char *words) { return QString::fromUtf8(words).split(QLatin1Char(' ')); }

/// Documents with words that differ and structure that can be learned: enough for a tiny tokenizer and model.
inline void writeDocuments(const QString &folder, int count)
{
    QDir().mkpath(folder);
    const QStringList nouns{QStringLiteral("furnace"), QStringLiteral("vessel"), QStringLiteral("ember"), QStringLiteral("metal"), QStringLiteral("glass"), QStringLiteral("ledger"), QStringLiteral("crucible"), QStringLiteral("bellows")};
    const QStringList verbs{QStringLiteral("keeps"), QStringLiteral("warms"), QStringLiteral("changes"), QStringLiteral("measures"), QStringLiteral("opens"), QStringLiteral("closes")};
    for (int i = 0; i < count; ++i) {
        QFile file(folder + QStringLiteral("/document %1.txt").arg(i, 3, 10, QLatin1Char('0')));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write the test's documents");
        quint32 state = static_cast<quint32>(i) * 2654435761u + 12345u;
        const auto next = [&state](qsizetype bound) { state = state * 1664525u + 1013904223u; return static_cast<qsizetype>(state >> 16) % bound; };
        QString text = QStringLiteral("Chapter %1: the %2\n\n").arg(i).arg(nouns[next(nouns.size())]);
        for (int line = 0; line < 30; ++line)
            text += QStringLiteral("The %1 %2 the %3, and then the %4 of the workshop %5 the %6 number %7 with care.\n")
                        .arg(nouns[next(nouns.size())], verbs[next(verbs.size())], nouns[next(nouns.size())], nouns[next(nouns.size())], verbs[next(verbs.size())], nouns[next(nouns.size())])
                        .arg(next(1000));
        file.write(text.toUtf8());
    }
}

}  // namespace athanor::test
