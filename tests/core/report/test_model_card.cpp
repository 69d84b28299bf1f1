// The card of an exported model: what is known stands in it, what is not is called unknown, and nothing breaks its form.
#include "core/base/format.h"
#include "core/report/licences.h"
#include "core/report/model_card.h"

#include <QJsonArray>
#include <QtTest>

using namespace athanor;
using namespace athanor::report;

namespace {

QJsonObject dataset(const QString &name, const QString &licence, int documents, int unlicensed = 0)
{
    QJsonArray licences;
    if (!licence.isEmpty())
        licences += QJsonObject{{QStringLiteral("licence"), licence}, {QStringLiteral("documents"), documents}};
    return {{QStringLiteral("dataset"), name}, {QStringLiteral("version"), 1}, {QStringLiteral("documents"), documents + unlicensed},
            {QStringLiteral("bytes"), 1234567}, {QStringLiteral("licences"), licences}, {QStringLiteral("unlicensed"), unlicensed}};
}

CardInput fullCard()
{
    CardInput input;
    input.name = QStringLiteral("smol-docs");
    input.format = QStringLiteral("huggingface");
    input.dtype = QStringLiteral("bf16");
    input.pipelineTag = QStringLiteral("text-generation");
    input.facts = {
        {QStringLiteral("architecture"), QJsonObject{{QStringLiteral("family"), QStringLiteral("architecture.llama")}, {QStringLiteral("parameters"), 134515008}, {QStringLiteral("context"), 8192}}},
        {QStringLiteral("base"), QJsonObject{{QStringLiteral("name"), QStringLiteral("SmolLM2-135M")}, {QStringLiteral("licence"), QStringLiteral("apache-2.0")},
                                             {QStringLiteral("source"), QJsonObject{{QStringLiteral("location"), QStringLiteral("HuggingFaceTB/SmolLM2-135M")}}}}},
        {QStringLiteral("languages"), QJsonArray{QStringLiteral("en")}},
        {QStringLiteral("data"), QJsonArray{dataset(QStringLiteral("docs"), QStringLiteral("PSF-2.0"), 500)}},
        {QStringLiteral("tokenizer"), QJsonObject{{QStringLiteral("type"), QStringLiteral("byte-level BPE")}, {QStringLiteral("vocabulary"), 49152}}},
        {QStringLiteral("runs"), QJsonArray{QJsonObject{{QStringLiteral("title"), QStringLiteral("Training on docs")}, {QStringLiteral("steps"), 146}, {QStringLiteral("tokens"), 149504},
                                                        {QStringLiteral("settings"), QJsonObject{{QStringLiteral("seed"), 1}, {QStringLiteral("learning_rate"), 5e-5}}}}}},
        {QStringLiteral("results"), QJsonObject{{QStringLiteral("bitsPerByte"), 0.7321}, {QStringLiteral("startBitsPerByte"), 0.9}}},
        {QStringLiteral("evaluations"), QJsonArray{QJsonObject{{QStringLiteral("dataset"), QStringLiteral("docs")}, {QStringLiteral("split"), QStringLiteral("validation")},
                                                               {QStringLiteral("bitsPerByte"), 0.7321}, {QStringLiteral("perplexity"), 5.5}}}}};
    input.parity = {{QStringLiteral("maxLogitDifference"), 0.0}, {QStringLiteral("tolerance"), 1e-4}, {QStringLiteral("greedyTokens"), 32}, {QStringLiteral("greedyAgree"), 32},
                    {QStringLiteral("perplexityInside"), 5.5}, {QStringLiteral("perplexityOutside"), 5.51}};
    return input;
}

// The lines between the two marks.
QStringList frontMatter(const QByteArray &card)
{
    const QStringList lines = QString::fromUtf8(card).split(QLatin1Char('\n'));
    const qsizetype end = lines.indexOf(QStringLiteral("---"), 1);
    return lines.first() == QLatin1String("---") && end > 0 ? lines.mid(1, end - 1) : QStringList();
}

}  // namespace

class TestModelCard : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void frontMatterIsTheHubs();
    void factsAreWrittenDown();
    void theMostRestrictiveLicenceIsNamed_data();
    void theMostRestrictiveLicenceIsNamed();
    void unknownIsCalledUnknown();
    void licencesAreKnownByTheirUsualNames_data();
    void licencesAreKnownByTheirUsualNames();
    void namesFromOutsideDoNotBreakTheForm();
    void nothingIsInvented();
};

void TestModelCard::frontMatterIsTheHubs()
{
    const QStringList lines = frontMatter(modelCard(fullCard()));
    QVERIFY(lines.contains(QStringLiteral("base_model: \"HuggingFaceTB/SmolLM2-135M\"")));
    QVERIFY(lines.contains(QStringLiteral("library_name: transformers")));
    QVERIFY(lines.contains(QStringLiteral("pipeline_tag: text-generation")));
    QVERIFY(lines.contains(QStringLiteral("language:")) && lines.contains(QStringLiteral("- \"en\"")));
    QVERIFY(lines.contains(QStringLiteral("license: apache-2.0")) || lines.contains(QStringLiteral("license: other")));
    CardInput adapter = fullCard();
    adapter.format = QStringLiteral("adapter");
    QVERIFY(frontMatter(modelCard(adapter)).contains(QStringLiteral("library_name: peft")));
}

void TestModelCard::factsAreWrittenDown()
{
    const QString card = QString::fromUtf8(modelCard(fullCard()));
    for (const char *fact : {"134,515,008", "8,192 tokens", "apache-2.0", "PSF-2.0 (500 documents)", "1,234,567", "49,152", "146", "149,504", "learning\\_rate", "5e-05",
                             "0.7321", "32 of 32", "5.51", "rounded to bf16"})
        QVERIFY2(card.contains(QString::fromUtf8(fact)), fact);
    QVERIFY(card.contains(QStringLiteral("limit %1").arg(formatReal(1e-4, 3))));
}

void TestModelCard::theMostRestrictiveLicenceIsNamed_data()
{
    QTest::addColumn<QStringList>("licences");
    QTest::addColumn<QString>("most");
    const auto row = [](const char *name, const QStringList &licences, const char *most) { QTest::newRow(name) << licences << QString::fromUtf8(most); };
    row("share-alike over permissive", {QStringLiteral("mit"), QStringLiteral("CC-BY-SA-4.0"), QStringLiteral("apache-2.0")}, "CC-BY-SA-4.0");
    row("non-commercial over copyleft", {QStringLiteral("gpl-3.0"), QStringLiteral("cc-by-nc-4.0")}, "cc-by-nc-4.0");
    row("restricted use over share-alike", {QStringLiteral("llama3.2"), QStringLiteral("cc-by-sa-4.0")}, "llama3.2");
    row("the first of equals", {QStringLiteral("mit"), QStringLiteral("apache-2.0")}, "mit");
    row("public domain alone", {QStringLiteral("cc0-1.0")}, "cc0-1.0");
}

void TestModelCard::theMostRestrictiveLicenceIsNamed()
{
    QFETCH(const QStringList, licences);
    QList<LicensedPart> parts;
    for (const QString &licence : licences)
        parts += {QStringLiteral("a part"), licence};
    const LicenceConclusion conclusion = concludeLicences(parts);
    QTEST(conclusion.licence, "most");
    QVERIFY(conclusion.unknown.isEmpty());
    QVERIFY(conclusion.text.contains(conclusion.licence));
}

void TestModelCard::unknownIsCalledUnknown()
{
    const LicenceConclusion mixed = concludeLicences({{QStringLiteral("a"), QStringLiteral("mit")}, {QStringLiteral("b"), {}}, {QStringLiteral("c"), QStringLiteral("own documents")}});
    QCOMPARE(mixed.licence, QStringLiteral("mit"));
    QCOMPARE(mixed.unknown.size(), 2);
    QVERIFY(mixed.text.contains(QStringLiteral("Unknown")) && mixed.text.contains(QStringLiteral("own documents")));
    QVERIFY(concludeLicences({}).text.contains(QStringLiteral("Unknown")));
    CardInput input = fullCard();
    input.facts.insert(QStringLiteral("data"), QJsonArray{dataset(QStringLiteral("docs"), QStringLiteral("mit"), 3, 2)});
    const QByteArray card = modelCard(input);
    QVERIFY(frontMatter(card).contains(QStringLiteral("license: unknown")));
    QVERIFY(card.contains("2 documents of docs, whose source names no licence"));
}

void TestModelCard::licencesAreKnownByTheirUsualNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("hub");
    const auto row = [](const char *name, const char *hub) { QTest::newRow(*name ? name : "empty") << QString::fromUtf8(name) << QString::fromUtf8(hub); };
    row("Apache License 2.0", "apache-2.0");
    row("APACHE-2.0", "apache-2.0");
    row("GPL-3.0-or-later", "gpl-3.0");
    row("CC0", "cc0-1.0");
    row("PSF-2.0", "other");
    row("own terms", "other");
    row("", "unknown");
}

void TestModelCard::licencesAreKnownByTheirUsualNames()
{
    QFETCH(const QString, name);
    QTEST(hubLicence(name), "hub");
}

void TestModelCard::namesFromOutsideDoNotBreakTheForm()
{
    CardInput input = fullCard();
    input.name = QStringLiteral("a | b\n---\n<script>alert(1)</script> \"x\"");
    QJsonObject base = input.facts.value(QLatin1String("base")).toObject();
    base.insert(QStringLiteral("name"), QStringLiteral("x\n## Licences\nfree"));
    base.insert(QStringLiteral("licence"), QStringLiteral("mit\nlicense: gpl\n---"));
    base.insert(QStringLiteral("source"), QJsonObject{{QStringLiteral("location"), QStringLiteral("own\"er/na\\me")}});
    input.facts.insert(QStringLiteral("base"), base);
    const QByteArray card = modelCard(input);
    const QStringList lines = frontMatter(card);
    QCOMPARE(lines.filter(QRegularExpression(QStringLiteral("^license"))).size(), 1);
    QVERIFY(lines.contains(QStringLiteral("base_model: \"own\\\"er/na\\\\me\"")));
    QVERIFY(!card.contains("<script>"));
    QCOMPARE(QString::fromUtf8(card).count(QStringLiteral("\n## Licences\n")), 1);
}

void TestModelCard::nothingIsInvented()
{
    CardInput input;
    input.name = QStringLiteral("bare");
    input.format = QStringLiteral("gguf");
    input.dtype = QStringLiteral("f32");
    const QString card = QString::fromUtf8(modelCard(input));
    QVERIFY(card.contains(QStringLiteral("license: unknown")));
    for (const char *part : {"## Base model", "## Data", "## Tokenizer", "## Training", "## Results", "## How this export was checked", "base_model", "language:"})
        QVERIFY2(!card.contains(QString::fromUtf8(part)), part);
    QVERIFY(card.contains(QStringLiteral("was not evaluated")));
}

QTEST_GUILESS_MAIN(TestModelCard)
#include "test_model_card.moc"
