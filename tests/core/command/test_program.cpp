// What the program answers to words that are no command, to half ones, and to questions; in people's text and as JSON.
#include "core/command/program.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryFile>
#include <QtTest>

#include <cstdio>
#include <unistd.h>

using namespace athanor;

namespace {

/// A stream of this process, caught in a file until take().
class Caught {
public:
    explicit Caught(std::FILE *stream) : m_stream(stream)
    {
        std::fflush(stream);
        m_before = ::dup(::fileno(stream));
        if (!m_file.open() || ::dup2(m_file.handle(), ::fileno(stream)) < 0)
            qFatal("cannot catch the output");
    }
    QByteArray take()
    {
        std::fflush(m_stream);
        ::dup2(m_before, ::fileno(m_stream));
        ::close(m_before);
        m_file.seek(0);
        return m_file.readAll();
    }

private:
    std::FILE *m_stream;
    int m_before = -1;
    QTemporaryFile m_file;
};

struct Answer {
    int code = -1;
    QByteArray output, messages;
};

Answer answerTo(const char *words)
{
    plugin::Catalogue plugins;
    Caught output(stdout), messages(stderr);
    Answer answer;
    answer.code = command::runCommandLine(QString::fromUtf8(words).split(QLatin1Char(' '), Qt::SkipEmptyParts), plugins);
    answer.output = output.take();
    answer.messages = messages.take();
    return answer;
}

}  // namespace

class TestProgram : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void misuseSaysWhatThereIs_data()
    {
        QTest::addColumn<QByteArray>("words");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("hint");
        QTest::newRow("nothing") << QByteArray() << QByteArray("sweep start") << QByteArray("NOUN VERB --help");
        QTest::newRow("no such noun") << QByteArray("runs list") << QByteArray("no command “runs”") << QByteArray("run, sweep");
        QTest::newRow("no such verb") << QByteArray("run strat") << QByteArray("no command “run strat”") << QByteArray("start, plan, list");
        QTest::newRow("half") << QByteArray("sweep") << QByteArray("“sweep” is missing") << QByteArray("start, list, show, stop");
        QTest::newRow("help on what is none") << QByteArray("runn --help") << QByteArray("no command “runn”") << QByteArray("run, sweep");
        QTest::newRow("project without a folder") << QByteArray("run list --project") << QByteArray("--project needs a value") << QByteArray("a project's folder");
        QTest::newRow("option without a value") << QByteArray("run plan --model --dataset x") << QByteArray("--model needs a value") << QByteArray("--model=--dataset");
        QTest::newRow("no such option") << QByteArray("run start --modle x") << QByteArray("no option --modle") << QByteArray("--model");
        QTest::newRow("too many words") << QByteArray("run show a b") << QByteArray("one word too many") << QByteArray("run show ID");
    }
    void misuseSaysWhatThereIs()
    {
        QFETCH(QByteArray, words);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, hint);
        const Answer answer = answerTo(words.constData());
        QCOMPARE(answer.code, 2);
        QVERIFY2(answer.output.isEmpty(), answer.output.constData());
        QVERIFY2(answer.messages.contains(message) && answer.messages.contains(hint), answer.messages.constData());
    }

    void misuseIsJsonWhereJsonWasAskedFor()
    {
        const Answer answer = answerTo("--json run strat");
        QCOMPARE(answer.code, 2);
        const QJsonObject error = QJsonDocument::fromJson(answer.output).object().value(QLatin1String("error")).toObject();
        QVERIFY2(error.value(QLatin1String("message")).toString().contains(QStringLiteral("run strat")), answer.output.constData());
        QCOMPARE(answer.output.count('\n'), 1);
    }

    void helpIsAboutWhatWasAsked()
    {
        const QByteArray all = answerTo("--help").output, run = answerTo("run --help").output, start = answerTo("run start --help").output;
        for (const char *noun : {"project create", "source add", "run start", "sweep start", "run find-rate", "run forecast", "job list", "doctor"})
            QVERIFY2(all.contains(QByteArray("athanor-cli ") + noun), noun);
        QVERIFY(run.contains("athanor-cli run resume") && !run.contains("athanor-cli sweep"));
        QVERIFY(start.contains("--dataset") && !start.contains("athanor-cli run resume"));
        QCOMPARE(answerTo("help run start").output, start);
        QCOMPARE(answerTo("help").output, all);
        QCOMPARE(answerTo("--version").code, 0);
    }

    // A project that is none is a failure, not misuse.
    void aFolderWithoutAProject()
    {
        const Answer answer = answerTo("--json --project /nonexistent/folder run list");
        QCOMPARE(answer.code, 1);
        QVERIFY2(QJsonDocument::fromJson(answer.output).object().contains(QLatin1String("error")), answer.output.constData());
        QVERIFY2(answer.messages.contains("/nonexistent/folder"), answer.messages.constData());
    }
};

QTEST_GUILESS_MAIN(TestProgram)
#include "test_program.moc"
