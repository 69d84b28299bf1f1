#include "plugins/filter/gopher_repetition/gopher_repetition.h"
#include "plugins/filter/gopher_repetition/repetition.h"
#include "tests/plugins/filter/judge.h"

#include <QTest>

#include <map>

using namespace athanor::corpus;

namespace {

/// The same numbers by the plainest of means.
double plainRepeatedShare(const QList<QByteArray> &words, int n)
{
    std::map<QByteArrayList, int> seen;
    qsizetype total = 0, repeated = 0;
    for (const QByteArray &word : words)
        total += word.size();
    for (qsizetype i = 0; i + n <= words.size();) {
        const QByteArrayList gram = words.mid(i, n);
        if (seen[gram]++ > 0) {
            repeated += gram.join().size();
            i += n;
        } else {
            ++i;
        }
    }
    return double(repeated) / double(total);
}

double plainTopShare(const QList<QByteArray> &words, int n)
{
    std::map<QByteArrayList, qsizetype> counts;
    qsizetype total = 0, most = 0;
    for (const QByteArray &word : words)
        total += word.size();
    for (qsizetype i = 0; i + n <= words.size(); ++i) {
        const QByteArrayList gram = words.mid(i, n);
        const qsizetype count = ++counts[gram];
        if (count > 1)
            most = std::max(most, count * gram.join().size());
    }
    return double(most) / double(total);
}

QList<QByteArray> pseudoWords(int count, int different)
{
    QList<QByteArray> words;
    quint32 state = 12345;
    for (int i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        words += QByteArray("w") + QByteArray::number((state >> 16) % quint32(different));
    }
    return words;
}

}  // namespace

class TestGopherRepetition : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameAsThePlainWay_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("different");
        QTest::newRow("none") << 0 << 1;
        QTest::newRow("one word") << 1 << 1;
        QTest::newRow("four words") << 4 << 2;
        QTest::newRow("all the same") << 50 << 1;
        QTest::newRow("three words") << 500 << 3;
        QTest::newRow("many words") << 2000 << 300;
    }
    void sameAsThePlainWay()
    {
        QFETCH(int, count);
        QFETCH(int, different);
        const QList<QByteArray> words = pseudoWords(count, different);
        const Repetition repetition = measureRepetition(words.join(' '));
        for (int n = 2; n <= 4 && count >= n; ++n)
            QCOMPARE(repetition.top[size_t(n - 2)], plainTopShare(words, n));
        for (int n = 5; n <= 10 && count >= n; ++n)
            QCOMPARE(repetition.repeated[size_t(n - 5)], plainRepeatedShare(words, n));
    }

    void linesAndParagraphs()
    {
        const Repetition repetition = measureRepetition("aaaa\nbb\n\naaaa\n bb\n\ncccc\n\n");
        QCOMPARE(repetition.duplicateLines, 0.4);
        QCOMPARE(repetition.duplicateLineText, 6.0 / 16);
        QCOMPARE(repetition.duplicateParagraphs, 0.0);  // the second is indented differently
        QCOMPARE(measureRepetition("a\n\na\n\na\n\nb\n").duplicateParagraphs, 0.5);
        QCOMPARE(measureRepetition("").duplicateLines, 0.0);
    }

    void reasonsHaveNumbers()
    {
        const auto judge = [](const QByteArray &text) { return athanor::test::judge(GopherRepetitionFilter(), "gopher_repetition", text); };
        const auto lines = judge(QByteArray("the same line\n").repeated(10));
        QVERIFY(!lines.keep);
        QCOMPARE(lines.rule, QStringLiteral("lines"));
        QCOMPARE(lines.detail, QStringLiteral("repeats: lines 90 % (limit 60)"));
        const Judgement phrases = judge(QByteArray("spam eggs ").repeated(50));
        QCOMPARE(phrases.rule, QStringLiteral("top_2"));
        QVERIFY(judge(pseudoWords(300, 100000).join(' ')).keep);
        QVERIFY(judge("").keep);
        QVERIFY(judge("one").keep);
        QCOMPARE(lines.measured.size(), 13);
    }
};

QTEST_APPLESS_MAIN(TestGopherRepetition)
#include "test_gopher_repetition.moc"
