#include "core/text/encoding.h"
#include "core/text/language.h"
#include "core/text/normalize.h"
#include "core/text/segment.h"
#include "core/text/utf8.h"

#include <QTest>

using namespace athanor;
using namespace athanor::text;

class TestText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void utf8Repair_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("repaired");
        QTest::addColumn<int>("count");
        const QByteArray bad("\xef\xbf\xbd");
        QTest::newRow("empty") << QByteArray() << QByteArray() << 0;
        QTest::newRow("ascii") << QByteArray("abc") << QByteArray("abc") << 0;
        QTest::newRow("two") << QByteArray("ü") << QByteArray("ü") << 0;
        QTest::newRow("four") << QByteArray("\xf0\x9f\x98\x80") << QByteArray("\xf0\x9f\x98\x80") << 0;
        QTest::newRow("highest") << QByteArray("\xf4\x8f\xbf\xbf") << QByteArray("\xf4\x8f\xbf\xbf") << 0;
        QTest::newRow("above highest") << QByteArray("\xf4\x90\x80\x80") << bad + bad + bad + bad << 4;
        QTest::newRow("lone continuation") << QByteArray("a\x80z") << "a" + bad + "z" << 1;
        QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << bad + bad << 2;
        QTest::newRow("overlong three") << QByteArray("\xe0\x80\xaf") << bad + bad + bad << 3;
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << bad + bad + bad << 3;
        QTest::newRow("cut at the end") << QByteArray("a\xe2\x82") << "a" + bad << 1;
        QTest::newRow("cut in the middle") << QByteArray("\xe2\x82z") << bad + "z" << 1;
        QTest::newRow("latin 1 in utf-8") << QByteArray("longer ascii first, then caf\xe9 au lait") << "longer ascii first, then caf" + bad + " au lait" << 1;
        QTest::newRow("ff") << QByteArray("\xff\xfe\xff") << bad + bad + bad << 3;
    }
    void utf8Repair()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, repaired);
        QFETCH(int, count);
        qint64 replaced = -1;
        QCOMPARE(repairUtf8(bytes, &replaced), repaired);
        QCOMPARE(replaced, count);
        QCOMPARE(isValidUtf8(bytes), count == 0);
        QVERIFY(isValidUtf8(repaired));
    }

    void everyCodePointRoundTrips()
    {
        for (char32_t value = 0; value <= 0x10ffff; value += value < 0x3000 ? 1 : 251) {
            if (value >= 0xd800 && value <= 0xdfff)
                continue;
            QByteArray bytes;
            appendCodePoint(bytes, value);
            const CodePoint point = decodeAt(bytes, 0);
            QVERIFY(point.valid && point.value == value && point.length == bytes.size());
        }
    }

    void characters()
    {
        QCOMPARE(characterCount("aü漢\xf0\x9f\x98\x80"), 4);
        QCOMPARE(characterCount(""), 0);
    }

    void encodings_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("declared");
        QTest::addColumn<QString>("encoding");
        QTest::addColumn<QByteArray>("utf8");
        const QByteArray none;
        QTest::newRow("empty") << none << none << "UTF-8" << none;
        QTest::newRow("ascii") << QByteArray("abc") << none << "UTF-8" << QByteArray("abc");
        QTest::newRow("utf-8 mark") << QByteArray("\xef\xbb\xbf" "aü") << none << "UTF-8" << QByteArray("aü");
        QTest::newRow("utf-16le mark") << QByteArray("\xff\xfe" "a\0\xfc\0", 6) << none << "UTF-16LE" << QByteArray("aü");
        QTest::newRow("utf-16be mark") << QByteArray("\xfe\xff\0a\0\xfc", 6) << none << "UTF-16BE" << QByteArray("aü");
        QTest::newRow("utf-32le mark") << QByteArray("\xff\xfe\0\0a\0\0\0", 8) << none << "UTF-32LE" << QByteArray("a");
        QTest::newRow("utf-16le bare") << QByteArray("a\0b\0c\0d\0e\0f\0", 12) << none << "UTF-16LE" << QByteArray("abcdef");
        QTest::newRow("declared") << QByteArray("caf\xe9") << QByteArray("iso-8859-1") << "iso-8859-1" << QByteArray("café");
        QTest::newRow("declared is a lie") << QByteArray("café") << QByteArray("iso-8859-1") << "UTF-8" << QByteArray("café");
        QTest::newRow("declared unknown") << QByteArray("plain") << QByteArray("x-no-such") << "UTF-8" << QByteArray("plain");
    }
    void encodings()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, declared);
        QFETCH(QString, encoding);
        QFETCH(QByteArray, utf8);
        auto decoded = decodeText(bytes, declared);
        QVERIFY(decoded);
        QCOMPARE(decoded->encoding, encoding);
        QCOMPARE(decoded->utf8, utf8);
    }

    void guessedEncoding()
    {
        const QByteArray latin = QString::fromUtf8("Die größten Übungen für schöne Mädchen müssen früh über die Straße führen. ")
                                     .repeated(20).toLatin1();
        auto decoded = decodeText(latin);
        QVERIFY(decoded && decoded->guessed);
        QVERIFY(decoded->utf8.contains("größten Übungen"));
    }

    void oneBadByteInUtf8StaysUtf8()
    {
        QByteArray bytes = QByteArray("schöne größere Übungen ").repeated(20) + "\xff";
        auto decoded = decodeText(bytes);
        QVERIFY(decoded);
        QCOMPARE(decoded->encoding, QStringLiteral("UTF-8"));
        QCOMPARE(decoded->replaced, 1);
    }

    void binaryIsRefused()
    {
        QByteArray bytes(4096, '\0');
        for (int i = 0; i < bytes.size(); i += 3)
            bytes[i] = static_cast<char>(i);
        auto decoded = decodeText(bytes);
        QVERIFY(!decoded);
        QCOMPARE(decoded.error().code, ErrorCode::Unsupported);
    }

    void normalizing_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("only space") << QByteArray(" \n\t\n") << QByteArray();
        QTest::newRow("line ends") << QByteArray("a\r\nb\rc\x0c" "d") << QByteArray("a\nb\nc\nd\n");
        QTest::newRow("separators") << QByteArray("a\u2028b\u0085c") << QByteArray("a\nb\nc\n");
        QTest::newRow("compose") << QByteArray("u\u0308") << QByteArray("ü\n");
        QTest::newRow("ligature stays") << QByteArray("ﬁ") << QByteArray("ﬁ\n");
        QTest::newRow("controls") << QByteArray("a\x01\x1b[0mb\x7f", 8) << QByteArray("a[0mb\n");
        QTest::newRow("null") << QByteArray("a\0b", 3) << QByteArray("ab\n");
        QTest::newRow("no-break space") << QByteArray("a\u00a0b") << QByteArray("a b\n");
        QTest::newRow("invisible") << QByteArray("a\u200b\u00ad\ufeff\u202e" "b") << QByteArray("ab\n");
        QTest::newRow("joiner stays") << QByteArray("a\u200d" "b") << QByteArray("a\u200d" "b\n");
        QTest::newRow("indentation stays") << QByteArray("if x:\n    y\n\tz") << QByteArray("if x:\n    y\n\tz\n");
        QTest::newRow("first line's indentation") << QByteArray("\n\n    y") << QByteArray("    y\n");
        QTest::newRow("trailing space") << QByteArray("a  \t\nb ") << QByteArray("a\nb\n");
        QTest::newRow("blank lines") << QByteArray("a\n\n\n\n\n\nb") << QByteArray("a\n\n\nb\n");
        QTest::newRow("blank lines of spaces") << QByteArray("a\n \n \n \n \nb") << QByteArray("a\n\n\nb\n");
    }
    void normalizing()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        const Normalized result = normalize(before);
        QCOMPARE(result.text, after);
        QCOMPARE(result.changed, before != after);
        QCOMPARE(normalize(after).text, after);
        QVERIFY(isValidUtf8(result.text));
    }

    void options()
    {
        NormalizeOptions options;
        options.nfc = options.plainSpaces = options.removeInvisible = options.trimLines = false;
        options.maximumBlankLines = 0;
        QCOMPARE(normalize("u\u0308\u00a0\u200b \n\n\nb", options).text, QByteArray("u\u0308\u00a0\u200b \nb\n"));
    }

    void segments()
    {
        QCOMPARE(lines("").size(), size_t(0));
        QCOMPARE(lines("a\n\nb\n").size(), size_t(3));
        QCOMPARE(lines("a\nb").back(), QByteArrayView("b"));
        QCOMPARE(paragraphs("\n\na\nb\n \nc\n").size(), size_t(2));
        QCOMPARE(paragraphs("\n\na\nb\n \nc\n").front(), QByteArrayView("a\nb"));
        QCOMPARE(words("  a\tbc \n d").size(), size_t(3));
        QCOMPARE(words("  a\tbc \n d")[1], QByteArrayView("bc"));
        QCOMPARE(trimmed(" \t a b \n"), QByteArrayView("a b"));
        QCOMPARE(trimmed("  "), QByteArrayView(""));
    }

    void hashes()
    {
        QVERIFY(hash64("abc") != hash64("abd"));
        QVERIFY(hash64("abc") != hash64("abc", 1));
        QVERIFY(hash64("") != hash64(QByteArrayView("\0", 1)));
        QVERIFY(hash64(QByteArrayView("a\0", 2)) != hash64("a"));
        QCOMPARE(hash64("The furnace that kept an even heat"), hash64("The furnace that kept an even heat"));
    }

    void languages_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("language");
        QTest::newRow("english") << QByteArray("This is the first of the two parts and it should be read with the other one before you begin.") << "en";
        QTest::newRow("german") << QByteArray("Das ist der erste von zwei Teilen, und er sollte mit dem anderen gelesen werden, bevor man beginnt.") << "de";
        QTest::newRow("french") << QByteArray("Ceci est la première des deux parties et elle est faite pour être lue avec l'autre dans le même ordre.") << "fr";
        QTest::newRow("spanish") << QByteArray("Esta es la primera de las dos partes y se debe leer con la otra para que todo sea más claro en el texto.") << "es";
        QTest::newRow("portuguese") << QByteArray("Esta é a primeira das duas partes e não deve ser lida sem a outra, mas também pode ser usada com uma nota.") << "pt";
        QTest::newRow("dutch") << QByteArray("Dit is het eerste van de twee delen en het moet met het andere worden gelezen voor je aan de slag gaat.") << "nl";
        QTest::newRow("russian") << QByteArray("Это первая из двух частей, и она не так сложна, как может быть на первый взгляд.") << "ru";
        QTest::newRow("ukrainian") << QByteArray("Це перша з двох частин, і вона не така складна, як може здатися, але її треба прочитати до кінця, щоб було ясно.") << "uk";
        QTest::newRow("greek") << QByteArray("Αυτό είναι το πρώτο μέρος") << "el";
        QTest::newRow("chinese") << QByteArray("这是两个部分中的第一部分，使用 Python 语言。") << "zh";
        QTest::newRow("japanese") << QByteArray("これは最初の部分です。Python を使用します。") << "ja";
        QTest::newRow("korean") << QByteArray("이것은 첫 번째 부분입니다") << "ko";
        QTest::newRow("arabic") << QByteArray("هذا هو الجزء الأول من هذا الكتاب الذي كان في المكتبة مع ما بعد ذلك") << "ar";
        QTest::newRow("numbers") << QByteArray("1 2 3 4 5") << "und";
        QTest::newRow("nothing") << QByteArray() << "und";
        QTest::newRow("code") << QByteArray("x = foo(bar) + baz[3]; y = qux(x); z = quux(y); printf(z);") << "und";
    }
    void languages()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, language);
        QCOMPARE(guessLanguage(text).language, language);
    }

    void languagesOfBrokenText()
    {
        QCOMPARE(guessLanguage(QByteArray("\xff\xfe\x80 the and of to in \xe2\x82").repeated(5)).language, QStringLiteral("en"));
        QVERIFY(guessLanguage(QByteArray("the and of to in is ").repeated(20000)).share > 0.5);
    }

    void everyListedLanguageHasStopWords()
    {
        QVERIFY(stopWords(QStringLiteral("en")).contains("the"));
        QVERIFY(stopWords(QStringLiteral("xx")).isEmpty());
        QVERIFY(knownLanguages().size() > 25);
    }
};

QTEST_APPLESS_MAIN(TestText)
#include "test_text.moc"
