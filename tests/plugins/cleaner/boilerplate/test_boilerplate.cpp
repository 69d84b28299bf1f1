#include "plugins/cleaner/boilerplate/boilerplate.h"

#include <QTest>

using namespace athanor::corpus;

class TestBoilerplate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void repeatedEndsGo()
    {
        QList<QByteArray> texts;
        for (int i = 0; i < 10; ++i)
            texts += "Menu | Home\n\nTitle " + QByteArray::number(i) + "\n\n    code " + QByteArray::number(i) + "\n\nText " + QByteArray::number(i) + "\n\n(c) 2023 Somebody\n";
        const QList<QByteArray> cleaned = clean(texts);
        QCOMPARE(cleaned[3], QByteArray("Title 3\n\n    code 3\n\nText 3\n"));
    }

    void middleStays()
    {
        QList<QByteArray> texts;
        for (int i = 0; i < 10; ++i) {
            QByteArray text;
            for (int line = 0; line < 50; ++line)
                text += line == 25 ? QByteArray("See also\n") : "line " + QByteArray::number(i * 100 + line) + "\n";
            texts += text;
        }
        QCOMPARE(clean(texts), texts);
    }

    void fewDocumentsStay()
    {
        QList<QByteArray> texts{"Menu\na\n", "Menu\nb\n", "Menu\nc\n"};
        QCOMPARE(clean(texts), texts);
    }

    void rareLinesStay()
    {
        QList<QByteArray> texts;
        for (int i = 0; i < 20; ++i)
            texts += (i < 4 ? QByteArray("Note\n") : QByteArray()) + "text " + QByteArray::number(i) + "\n";
        QCOMPARE(clean(texts), texts);
    }

    void copiesDoNotEmptyEachOther()
    {
        const QList<QByteArray> texts(20, "the same\ndocument\nagain\n");
        QCOMPARE(clean(texts), texts);
    }

    void sourcesAreApart()
    {
        QList<QByteArray> texts;
        for (int i = 0; i < 20; ++i)
            texts += "Menu\ntext " + QByteArray::number(i) + "\n";
        QCOMPARE(clean(texts, 7), texts);  // each source has fewer documents than needed
    }

    void emptyTexts() { QCOMPARE(clean(QList<QByteArray>(10)), QList<QByteArray>(10)); }

private:
    static QList<QByteArray> clean(const QList<QByteArray> &texts, int sources = 1)
    {
        auto run = BoilerplateCleaner().start({});
        if (!run || !(*run)->mustObserve())
            return {};
        const QMap<QString, double> facts;
        const auto view = [&](int i) { return DocumentView{i, texts[i], i % sources, {}, {}, &facts}; };
        for (int i = 0; i < texts.size(); ++i)
            (*run)->observe(view(i));
        (*run)->endObservation();
        QList<QByteArray> cleaned;
        for (int i = 0; i < texts.size(); ++i)
            cleaned += (*run)->clean(view(i));
        return cleaned;
    }
};

QTEST_APPLESS_MAIN(TestBoilerplate)
#include "test_boilerplate.moc"
