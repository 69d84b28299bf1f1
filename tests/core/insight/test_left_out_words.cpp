// What a run left out, as the command line and the window say it.
#include "core/insight/left_out_words.h"

#include <QJsonDocument>
#include <QTest>

using namespace athanor::insight;

class TestLeftOutWords : public QObject {
    Q_OBJECT

    static QStringList words(const char *json) { return leftOutWords(QJsonDocument::fromJson(json).array()); }

private Q_SLOTS:
    void newestFirstWithStepsAndDocuments()
    {
        QCOMPARE(words(R"([{"noticedAt":1512,"afterStep":1511,"batches":1,"reason":"the loss jumped to 11, where 2.9 was usual","documents":["a.txt","b.txt"]},
                           {"noticedAt":2000,"afterStep":1899,"batches":101,"reason":"the loss is not a number","documents":["c.txt"]}])"),
                 (QStringList{QStringLiteral("Step 2,000: the loss is not a number. The run went back to step 1,899 and left out the data of 101 updates; it read: c.txt."),
                              QStringLiteral("Step 1,512: the loss jumped to 11, where 2.9 was usual. Its batch was left out; it read: a.txt, b.txt.")}));
    }
    void whatWasInVainSaysSo()
    {
        const QStringList all = words(R"([{"noticedAt":12,"afterStep":11,"batches":1,"reason":"x","documents":["a"],"replaced":true}])");
        QCOMPARE(all.size(), 1);
        QVERIFY2(all.first().endsWith(QStringLiteral("(In vain: a later step went back further.)")), qPrintable(all.first()));
    }
    void documentsMayBeUnknown()
    {
        QCOMPARE(words(R"([{"noticedAt":12,"afterStep":11,"batches":1,"reason":"x"}])"), QStringList{QStringLiteral("Step 12: x. Its batch was left out.")});
    }
    void whatIsNoEntryIsPassedOver()
    {
        QVERIFY(words("[]").isEmpty());
        QVERIFY(words(R"([7, "x", {}, {"batches":0}, {"batches":"many"}, null])").isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestLeftOutWords)
#include "test_left_out_words.moc"
