// What SentencePiece says in its log, as progress: lines as it writes them, in order, out of order and broken.
#include "plugins/tokenizer/common/log_reader.h"

#include <QtTest>

#include <iostream>
#include <sstream>

using namespace athanor;
using namespace athanor::sentencepiece_training;

namespace {

class Seen final : public ProgressSink {
public:
    void report(const Progress &progress) override { all += progress; }
    QList<Progress> all;
};

}  // namespace

class TestLogReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void piecesAreCountedUpToTheVocabulary()
    {
        Seen seen;
        LogReader reader(seen, 300);
        reader.line("bpe_model_trainer.cc(268) LOG(INFO) Added: freq=12 size=20 all=900 active=80 piece=th");
        reader.line("bpe_model_trainer.cc(268) LOG(INFO) Added: freq=9 size=340 all=900 active=80 piece=er");
        QCOMPARE(seen.all.size(), 2);
        QCOMPARE(seen.all[0].done, 20);
        QCOMPARE(seen.all[0].total, 300);
        QCOMPARE(seen.all[1].done, 300);  // it learns a few more than are asked for
    }

    void pruningGoesFromTheSeedToTheVocabulary()
    {
        Seen seen;
        LogReader reader(seen, 1000);
        for (const char *size : {"100000", "31622", "10000", "1000"})
            reader.line(std::string("unigram_model_trainer.cc(614) LOG(INFO) EM sub_iter=0 size=") + size + " obj=9.1 num_tokens=5");
        QCOMPARE(seen.all.size(), 4);
        QCOMPARE(seen.all[0].done, 0);
        QCOMPARE(seen.all[1].done, 25);  // a quarter of the way in ratios: 10⁵ → 10^4.5 of 10⁵ → 10³
        QCOMPARE(seen.all[2].done, 50);
        QCOMPARE(seen.all[3].done, 100);
        QCOMPARE(seen.all[3].total, 100);
    }

    void progressNeverGoesBack()
    {
        Seen seen;
        LogReader reader(seen, 1000);
        reader.line("EM sub_iter=0 size=10000");
        reader.line("EM sub_iter=0 size=2000");
        const qint64 far = seen.all.last().done;
        reader.line("EM sub_iter=1 size=9000");
        QCOMPARE(seen.all.last().done, far);
        reader.line("Added: freq=1 size=5");
        QVERIFY(seen.all.last().done >= 5);
    }

    void otherLines_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<int>("reports");
        QTest::newRow("normalizing") << QStringLiteral("trainer_interface.cc(539) LOG(INFO) Normalizing sentences...") << 1;
        QTest::newRow("words") << QStringLiteral("trainer_interface.cc(592) LOG(INFO) Tokenizing input sentences with whitespace: 40") << 1;
        QTest::newRow("suffixes") << QStringLiteral("unigram_model_trainer.cc(222) LOG(INFO) Making suffix array...") << 1;
        QTest::newRow("substrings") << QStringLiteral("LOG(INFO) Extracting frequent sub strings... node_num=20") << 1;
        QTest::newRow("anything else") << QStringLiteral("trainer_interface.cc(407) LOG(INFO) Loaded all 40 sentences") << 0;
        QTest::newRow("empty") << QString() << 0;
        QTest::newRow("a number that is none") << QStringLiteral("Added: freq=1 size=many") << 1;
        QTest::newRow("a size that is missing") << QStringLiteral("EM sub_iter=3") << 1;
    }
    void otherLines()
    {
        QFETCH(QString, line);
        QFETCH(int, reports);
        Seen seen;
        LogReader reader(seen, 100);
        reader.line(line.toStdString());
        QCOMPARE(seen.all.size(), reports);
        for (const Progress &progress : seen.all)
            QVERIFY(progress.done >= -1 && progress.done <= std::max<qint64>(progress.total, 0));
    }

    void capturedLinesGoOnToWhereTheyWent()
    {
        std::stringstream before;
        std::streambuf *own = std::cerr.rdbuf(before.rdbuf());
        Seen seen;
        {
            LogReader reader(seen, 100);
            const LogCapture capture(reader);
            std::cerr << "Added: freq=2 " << "size=" << 7 << " all=9\n" << std::string(10000, 'x') << '\n' << "left open";
        }
        std::cerr.rdbuf(own);
        QCOMPARE(seen.all.size(), 1);
        QCOMPARE(seen.all[0].done, 7);
        const QByteArray passed = QByteArray::fromStdString(before.str());
        QVERIFY(passed.startsWith("Added: freq=2 size=7 all=9\n"));
        QVERIFY(passed.size() < 6000);  // a line without an end takes no memory without an end
    }
};

QTEST_GUILESS_MAIN(TestLogReader)
#include "test_log_reader.moc"
