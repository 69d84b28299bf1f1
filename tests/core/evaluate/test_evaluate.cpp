// The arithmetic of scores, and the compressors beside it.
#include "core/evaluate/compression.h"
#include "core/evaluate/scores.h"

#include <QtTest>

#include <cmath>

using namespace athanor;
using namespace athanor::evaluate;

namespace {

QByteArray words(int count)
{
    QByteArray text;
    quint32 state = 7;
    for (int i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        text += "word" + QByteArray::number((state >> 16) % 97) + (i % 12 == 11 ? "\n" : " ");
    }
    return text;
}

CompressionResult compress(const QByteArray &text, qsizetype piece, qint64 expected)
{
    auto baselines = CompressionBaselines::create(expected);
    if (!baselines)
        return {};
    for (qsizetype at = 0; at < text.size(); at += piece)
        if (!baselines->add(QByteArrayView(text).sliced(at, qMin(piece, text.size() - at))))
            return {};
    return *baselines->finish();
}

}  // namespace

class TestEvaluate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void uniformModelNeedsLogOfItsVocabulary()
    {
        // 100 tokens of 256 equally likely bytes: 8 bits for each byte.
        const Scores scores = scoresOf({100 * std::log(256.0), 100, 100, 100, 1});
        QVERIFY(qAbs(scores.bitsPerByte - 8) < 1e-12);
        QVERIFY(qAbs(scores.perplexity - 256) < 1e-9);
        QVERIFY(qAbs(scores.loss - std::log(256.0)) < 1e-12);
    }
    void bytesAndCharactersDiffer()
    {
        const QByteArray text = "aäß漢😀";
        QCOMPARE(countCodePoints(text), 5);
        const Scores scores = scoresOf({std::log(2.0) * 24, 6, text.size(), 5, 1});
        QVERIFY(qAbs(scores.bitsPerByte - 24.0 / double(text.size())) < 1e-12);
        QVERIFY(qAbs(scores.bitsPerCharacter - 24.0 / 5) < 1e-12);
    }
    void sumsAdd()
    {
        LikelihoodSum sum{10, 4, 20, 18, 1};
        sum += {5, 1, 10, 10, 1};
        QCOMPARE(sum.negativeLogLikelihood, 15.0);
        QCOMPARE(sum.tokens, 5);
        QCOMPARE(sum.bytes, 30);
        QCOMPARE(sum.characters, 28);
        QCOMPARE(sum.documents, 2);
    }
    void nothingToDivideByIsNullNotZero()
    {
        const Scores scores = scoresOf({});
        QVERIFY(std::isnan(scores.bitsPerByte));
        const QJsonObject object = toJson({}, scores);
        QVERIFY(object.value(QLatin1String("bitsPerByte")).isNull());
        QVERIFY(object.value(QLatin1String("loss")).isNull());
    }
    void overflowOfPerplexityIsNull()
    {
        QVERIFY(toJson({1e6, 1, 1, 1, 1}, scoresOf({1e6, 1, 1, 1, 1})).value(QLatin1String("perplexity")).isNull());
    }
    void lossToBitsPerByte()
    {
        QVERIFY(qAbs(bitsPerByteFromLoss(std::log(2.0), 0.25) - 0.25) < 1e-12);
    }
    void compressorsCompress()
    {
        const QByteArray text = words(20'000);
        const CompressionResult result = compress(text, text.size(), text.size());
        QCOMPARE(result.bytes, text.size());
        QVERIFY(result.gzipBitsPerByte > 0.5 && result.gzipBitsPerByte < 4);
        QVERIFY(result.xzBitsPerByte > 0.5 && result.xzBitsPerByte < result.gzipBitsPerByte);
    }
    void piecesMakeNoDifference()
    {
        const QByteArray text = words(5000);
        const CompressionResult whole = compress(text, text.size(), text.size());
        const CompressionResult pieces = compress(text, 97, text.size());
        QCOMPARE(pieces.gzipBytes, whole.gzipBytes);
        QCOMPARE(pieces.xzBytes, whole.xzBytes);
    }
    void expectedBytesChangesNextToNothing()
    {
        const QByteArray text = words(5000);
        const CompressionResult known = compress(text, text.size(), text.size());
        const CompressionResult unknown = compress(text, text.size(), 0);
        QVERIFY(qAbs(known.xzBytes - unknown.xzBytes) <= 8);
    }
    void agreesWithTheTools()
    {
        if (QStandardPaths::findExecutable(QStringLiteral("gzip")).isEmpty()
            || QStandardPaths::findExecutable(QStringLiteral("xz")).isEmpty())
            QSKIP("gzip and xz are not installed");
        const QByteArray text = words(30'000);
        const auto sizeBy = [&](const QString &program, const QStringList &arguments) {
            QProcess process;
            process.start(program, arguments);
            process.write(text);
            process.closeWriteChannel();
            process.waitForFinished();
            return process.readAllStandardOutput().size();
        };
        const CompressionResult result = compress(text, text.size(), text.size());
        const double gzip = double(sizeBy(QStringLiteral("gzip"), {QStringLiteral("-9nc")}));
        const double xz = double(sizeBy(QStringLiteral("xz"), {QStringLiteral("-9ec")}));
        QVERIFY2(qAbs(double(result.gzipBytes) / gzip - 1) < 0.005, qPrintable(QString::number(gzip)));
        QVERIFY2(qAbs(double(result.xzBytes) / xz - 1) < 0.005, qPrintable(QString::number(xz)));
    }
    void emptyTextHasContainersOnly()
    {
        const CompressionResult result = compress({}, 1, 0);
        QVERIFY(result.gzipBytes >= 18 && result.xzBytes >= 32);
        QVERIFY(std::isnan(result.gzipBitsPerByte));
    }
};

QTEST_GUILESS_MAIN(TestEvaluate)
#include "test_evaluate.moc"
