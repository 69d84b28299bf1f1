#include "plugins/cleaner/unicode/unicode.h"

#include <QTest>

using namespace athanor::corpus;

class TestUnicodeCleaner : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void settingsAreObeyed()
    {
        const QByteArray text("u\u0308 a\u00a0b\u200b\r\n\n\n\n\n    c \n");
        QCOMPARE(clean(text, {}), QByteArray("ü a b\n\n\n    c\n"));
        QCOMPARE(clean(text, {{QStringLiteral("nfc"), false}, {QStringLiteral("plain_spaces"), false},
                              {QStringLiteral("remove_invisible"), false}, {QStringLiteral("blank_lines"), 0}}),
                 QByteArray("u\u0308 a\u00a0b\u200b\n    c\n"));
        QCOMPARE(clean("", {}), QByteArray());
    }

private:
    static QByteArray clean(const QByteArray &text, const QJsonObject &settings)
    {
        auto run = UnicodeCleaner().start(settings);
        const QMap<QString, double> facts;
        return run ? (*run)->clean(DocumentView{0, text, 0, {}, {}, &facts}) : QByteArray("ERROR");
    }
};

QTEST_APPLESS_MAIN(TestUnicodeCleaner)
#include "test_unicode.moc"
