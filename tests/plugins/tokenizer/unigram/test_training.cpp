#include "plugins/tokenizer/unigram/unigram.h"
#include "tests/plugins/tokenizer/training_fixture.h"

using namespace athanor;

class TestUnigramTraining : public QObject {
    Q_OBJECT

    static Result<QByteArray> train(const fixture::Text &text, const QJsonObject &changes, fixture::Phases *phases = nullptr)
    {
        fixture::Phases own;
        auto reader = text.open();
        return tokenizer_unigram::train(reader, fixture::settings("unigram", changes), phases ? *phases : own);
    }

private Q_SLOTS:
    void makesALosslessTokenizer()
    {
        const fixture::Text text(fixture::documents());
        fixture::Phases phases;
        const auto model = train(text, {{QStringLiteral("vocabulary"), 500}}, &phases);
        QVERIFY2(model.has_value(), model ? "" : qPrintable(model.error().message + model.error().detail));
        const auto made = text.read(*model);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        const tokenizer::Tokenizer &tokenizer = **made;
        QCOMPARE(tokenizer.vocabularySize(), 500);
        QCOMPARE(tokenizer.typeName(), QStringLiteral("SentencePiece unigram"));
        QVERIFY(tokenizer.isLossless());
        QCOMPARE(tokenizer.tokenText(tokenizer.endOfDocument()), QStringLiteral("</s>"));
        const QList<QByteArray> all = fixture::documents() + samples::hardBytes();
        for (const QByteArray &document : all)
            QCOMPARE(tokenizer::firstDifference(tokenizer, document), qint64(-1));
        const auto seen = tokenizer::coverage(tokenizer, samples::prose(2000, 77));
        QVERIFY2(seen.bytesPerToken() > 2.5, qPrintable(QString::number(seen.bytesPerToken())));
        QVERIFY2(phases.phases.contains(QStringLiteral("Choosing pieces")), qPrintable(phases.phases.join(QLatin1Char('|'))));
        QVERIFY(phases.counted);
    }

    void sameTextSameModel()
    {
        const fixture::Text text(fixture::documents());
        const QJsonObject settings{{QStringLiteral("vocabulary"), 500}};
        QCOMPARE(*train(text, settings), *train(text, settings));
    }

    void vocabularyLargerThanTheTextSupportsNamesTheLargest()
    {
        const fixture::Text text({QByteArray("one two three four five six seven")});
        const auto model = train(text, {{QStringLiteral("vocabulary"), 8192}});
        QVERIFY(!model.has_value());
        QCOMPARE(model.error().code, ErrorCode::InvalidInput);
        const auto number = QRegularExpression(QStringLiteral("Set the vocabulary to (\\d+) or less")).match(model.error().hint);
        QVERIFY2(number.hasMatch(), qPrintable(model.error().message + model.error().detail));
        const auto again = train(text, {{QStringLiteral("vocabulary"), number.captured(1).toInt()}});
        QVERIFY2(again.has_value(), again ? "" : qPrintable(again.error().message + again.error().detail));
    }

    void vocabularySmallerThanTheAlphabetNamesTheSmallest()
    {
        QByteArray alphabet;
        for (char32_t c = 0x4E00; c < 0x4E00 + 400; ++c)
            alphabet += QString::fromUcs4(&c, 1).toUtf8();
        const fixture::Text text({alphabet + alphabet});
        const auto model = train(text, {{QStringLiteral("vocabulary"), 300}, {QStringLiteral("character_coverage"), 1}});
        QVERIFY(!model.has_value());
        QCOMPARE(model.error().code, ErrorCode::InvalidInput);
        QVERIFY2(model.error().hint.contains(QStringLiteral("more than 659")), qPrintable(model.error().hint));
    }

    void noTextIsAnError()
    {
        const fixture::Text text({});
        const auto model = train(text, {});
        QVERIFY(!model.has_value());
        QCOMPARE(model.error().code, ErrorCode::InvalidInput);
    }

    void hostileTextIsLearnedFrom()
    {
        QByteArray longLine(200000, 'x');
        for (int i = 0; i < longLine.size(); i += 7)
            longLine[i] = static_cast<char>('a' + i % 26);
        const fixture::Text text(samples::hardBytes() + QList<QByteArray>{longLine, QByteArray(5000, '\0'), samples::prose(3000)});
        const auto model = train(text, {{QStringLiteral("vocabulary"), 400}});
        QVERIFY2(model.has_value(), model ? "" : qPrintable(model.error().message + model.error().detail));
        const auto made = text.read(*model);
        QVERIFY(made.has_value());
        QCOMPARE(tokenizer::firstDifference(**made, longLine), qint64(-1));
    }
};

QTEST_GUILESS_MAIN(TestUnigramTraining)
#include "test_training.moc"
