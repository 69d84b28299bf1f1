#include "plugins/deduplicator/minhash/minhash.h"
#include "tests/plugins/deduplicator/find_duplicates.h"

#include <QTest>

using namespace athanor::corpus;
using athanor::test::findDuplicates;

namespace {

QByteArray pseudoText(quint32 seed, int words)
{
    QByteArray text;
    for (int i = 0; i < words; ++i) {
        seed = seed * 1664525u + 1013904223u;
        text += "w" + QByteArray::number((seed >> 12) % 5000) + ' ';
    }
    return text;
}

}  // namespace

class TestMinhash : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nearCopiesAreFound()
    {
        const QByteArray text = pseudoText(1, 1000);
        const auto found = findDuplicates(MinhashDeduplicator(), {pseudoText(2, 1000), text, text + "one more sentence at the end", pseudoText(3, 1000), text});
        QCOMPARE(found.size(), size_t(2));
        QCOMPARE(found[0].index, 2);
        QCOMPARE(found[0].original, 1);
        QCOMPARE(found[1].index, 4);
        QVERIFY(found[1].detail.contains(QLatin1String("100 % alike")) && found[1].detail.contains(QLatin1String("%1")));
    }

    void estimateIsNearTheTruth()
    {
        // 1000 common words and 1000 of one's own each: a third of all phrases is common.
        const QByteArray common = pseudoText(1, 1000);
        const double estimate = minhashSimilarity(minhashSignature(common + pseudoText(2, 1000)), minhashSignature(common + pseudoText(3, 1000)));
        QVERIFY2(std::abs(estimate - 1.0 / 3) < 0.15, qPrintable(QString::number(estimate)));
    }

    void differentTextsStay()
    {
        QList<QByteArray> texts;
        for (quint32 i = 0; i < 50; ++i)
            texts += pseudoText(i + 100, 300);
        QVERIFY(findDuplicates(MinhashDeduplicator(), texts).empty());
    }

    void halfIsNoCopy()
    {
        const QByteArray text = pseudoText(1, 2000);
        QVERIFY(findDuplicates(MinhashDeduplicator(), {text, text.left(text.size() / 2)}).empty());
    }

    void shortAndEmptyTexts()
    {
        QVERIFY(findDuplicates(MinhashDeduplicator(), {"", " ", QByteArray(), "a b"}).empty());
        QCOMPARE(findDuplicates(MinhashDeduplicator(), {"a b", "a b", "a c"}).size(), size_t(1));
    }

    void sameOnEveryMachine()
    {
        const MinhashSignature signature = minhashSignature("The furnace kept an even heat for as long as the work took");
        QCOMPARE(signature[0], minhashSignature("The  furnace kept an even heat for as long as the work took\n")[0]);
        QVERIFY(signature[0] != signature[1]);
    }
};

QTEST_APPLESS_MAIN(TestMinhash)
#include "test_minhash.moc"
