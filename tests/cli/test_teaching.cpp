// An encoder with a decoder is taught one text from another on the command line, and answers with it: one by one and from a
// file of prompts.
#include "tests/support/command_line.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using athanor::test::CommandResult;
using athanor::test::runCommand;
using athanor::test::split;

class TestTeaching : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_project = m_folder.filePath(QStringLiteral("project"));
        QFile pairs(m_folder.filePath(QStringLiteral("pairs.jsonl")));
        QVERIFY(pairs.open(QIODevice::WriteOnly));
        const QStringList words{QStringLiteral("red"), QStringLiteral("green"), QStringLiteral("blue"), QStringLiteral("black")};
        const QStringList said{QStringLiteral("rouge"), QStringLiteral("vert"), QStringLiteral("bleu"), QStringLiteral("noir")};
        for (int i = 0; i < 120; ++i)
            pairs.write(QJsonDocument(QJsonObject{{QStringLiteral("prompt"), QStringLiteral("%1, %2").arg(words[i % 4]).arg(i)},
                                                  {QStringLiteral("completion"), said[i % 4]}}).toJson(QJsonDocument::Compact) + '\n');
        pairs.close();
        VERIFY_DONE(runCommand({QStringLiteral("project"), QStringLiteral("create"), m_project, QStringLiteral("--preset"), QStringLiteral("small-13M")}));
        VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), pairs.fileName()}));
        VERIFY_DONE(command(split("dataset curate pairs --records prompt --set validation_share=0.1")));
        VERIFY_DONE(command(split("tokenizer train small --dataset pairs --vocab 300")));
        VERIFY_DONE(command(split("model create writer --architecture t5 --tokenizer small --set layers=2 --set width=48 --set heads=2 --set context=64 --set dropout=0")));
    }

    void aProjectHasASize()
    {
        const CommandResult made = command(split("model create usual --tokenizer small"));
        VERIFY_DONE(made);
        QCOMPARE(made.json().value(QLatin1String("architecture")).toObject().value(QLatin1String("dimensions")).toObject().value(QLatin1String("width")).toInt(), 384);
        const CommandResult unknown = runCommand({QStringLiteral("project"), QStringLiteral("create"), m_folder.filePath(QStringLiteral("other")), QStringLiteral("--preset"), QStringLiteral("none")});
        QCOMPARE(unknown.exitCode, 1);
        QVERIFY(unknown.messages.contains("small-13M"));
        QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("other"))));
    }

    void aT5IsTaughtAndAnswers()
    {
        const CommandResult run = command(split("run start --model writer --dataset pairs --set budget_kind=steps --set budget=260 --set batch=16 --set learning_rate=0.004 --set precision=f32 --wait"));
        VERIFY_DONE(run);
        QVERIFY2(run.json().value(QLatin1String("validationLoss")).toDouble(9) < 0.3, run.output.constData());
        for (const auto &[prompt, expected] : {std::pair{"red, 8", "rouge"}, {"black, 51", "noir"}}) {
            const CommandResult answer = command({QStringLiteral("generate"), QStringLiteral("writer"), QStringLiteral("--prompt"), QLatin1String(prompt), QStringLiteral("--temperature"), QStringLiteral("0")});
            VERIFY_DONE(answer);
            QCOMPARE(answer.json().value(QLatin1String("text")).toString(), QLatin1String(expected));
            QCOMPARE(answer.json().value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("end"));
        }
        QFile prompts(m_folder.filePath(QStringLiteral("prompts.txt")));
        QVERIFY(prompts.open(QIODevice::WriteOnly));
        prompts.write("red, 8\ngreen, 5\nblack, 51\n");
        prompts.close();
        const CommandResult all = command({QStringLiteral("generate"), QStringLiteral("writer"), QStringLiteral("--prompts"), prompts.fileName(), QStringLiteral("--temperature"), QStringLiteral("0")});
        VERIFY_DONE(all);
        QStringList texts;
        for (const QByteArray &line : all.output.trimmed().split('\n'))
            texts += QJsonDocument::fromJson(line).object().value(QLatin1String("text")).toString();
        QCOMPARE(texts, QStringList({QStringLiteral("rouge"), QStringLiteral("vert"), QStringLiteral("noir")}));
    }

private:
    CommandResult command(const QStringList &words) const
    {
        return runCommand(QStringList{QStringLiteral("--project"), m_project, QStringLiteral("--json")} + words);
    }
    QTemporaryDir m_folder;
    QString m_project;
};

QTEST_GUILESS_MAIN(TestTeaching)
#include "test_teaching.moc"
