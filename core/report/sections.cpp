#include "core/report/sections.h"

#include "core/base/format.h"
#include "core/report/html.h"
#include "core/report/svg_plot.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace athanor::report {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::report", text); }

constexpr size_t kMostSamples = 40;
constexpr qsizetype kLongestSample = 4000;

QString real(std::optional<double> value, int digits = 4) { return value ? formatReal(*value, digits) : QString(); }
/// Three decimals always: figures that stand beside each other are compared digit by digit.
QString bits(std::optional<double> value) { return value ? QString::number(*value, 'f', 3) : QString(); }
QString count(std::optional<double> value) { return value ? formatCount(*value) : QString(); }
QString integer(std::optional<double> value)
{
    return value ? formatInteger(static_cast<qint64>(*value)) : QString();
}
QString bytes(std::optional<double> value) { return value ? formatBytes(static_cast<qint64>(*value)) : QString(); }

/// Bits per byte of the result: the evaluation's when there is one, else what training itself measured.
std::optional<double> ownBitsPerByte(const ReportInput &input)
{
    const auto evaluated = numberAt(input.evaluation, QStringLiteral("bitsPerByte"));
    return evaluated ? evaluated : numberAt(input.train, QStringLiteral("bitsPerByte"));
}

QString card(const QString &value, const QString &title)
{
    return value.isEmpty() ? QString()
                           : QStringLiteral("<div class=\"card\"><b>") + escaped(value) + QStringLiteral("</b><span>")
            + escaped(title) + QStringLiteral("</span></div>\n");
}

QString trainedOn(const ReportInput &input)
{
    const QJsonObject train = input.curate[QStringLiteral("splits")].toObject()[QStringLiteral("train")].toObject();
    const auto documents = numberAt(train, QStringLiteral("documents"));
    const auto size = numberAt(train, QStringLiteral("bytes"));
    if (!documents || !size)
        return tr("A model was trained.");
    const auto parameters = numberAt(input.train, QStringLiteral("parameters"));
    const auto seconds = numberAt(input.train, QStringLiteral("seconds"));
    const QString base = input.base.name;
    QString sentence = (base.isEmpty() ? tr("A model%1 was trained on %2 documents (%3)%4.") : tr("“%5”, a model%1, was trained further on %2 documents (%3)%4.").replace(QStringLiteral("%5"), base))
                           .arg(parameters ? tr(" of %1 parameters").arg(count(parameters)) : QString(),
                                integer(documents), bytes(size),
                                seconds ? tr(" in %1").arg(formatDuration(*seconds)) : QString());
    return sentence;
}

QString howWell(const ReportInput &input)
{
    const auto own = ownBitsPerByte(input);
    if (!own)
        return {};
    QString sentence = tr("To write down text that it has never seen it needs %1 bits for each byte").arg(bits(own));
    QStringList others;
    if (const auto gzip = numberAt(input.evaluation, QStringLiteral("gzipBitsPerByte")))
        others += tr("gzip -9 needs %1").arg(bits(gzip));
    if (const auto xz = numberAt(input.evaluation, QStringLiteral("xzBitsPerByte")))
        others += tr("xz -9e %1").arg(bits(xz));
    if (const auto start = numberAt(input.train, QStringLiteral("startBitsPerByte")))
        others += tr("before training it was %1").arg(bits(start));
    return sentence + (others.isEmpty() ? QString() : QStringLiteral("; ") + others.join(QStringLiteral(", ")))
        + QLatin1Char('.');
}

std::vector<Curve> curvesOf(const ReportInput &input, const QString &quantity)
{
    std::vector<Curve> curves;
    const auto add = [&](const QString &name, const QString &title, int style, bool smooth) {
        const auto found = input.series.constFind(name);
        if (found != input.series.cend() && !found->values.empty())
            curves.push_back({title, &*found, style, smooth});
    };
    add(QStringLiteral("train/") + quantity, tr("training"), 1, true);
    add(QStringLiteral("validation/") + quantity, tr("held-out documents"), 2, false);
    return curves;
}

QString singleCurve(const ReportInput &input, const QString &name, const QString &title, const QString &unit, int style)
{
    const auto found = input.series.constFind(name);
    if (found == input.series.cend())
        return {};
    return svgPlot({title, unit, {{title, &*found, style, false}}, {}});
}

}  // namespace

std::optional<double> numberAt(const QJsonObject &object, const QString &key)
{
    const QJsonValue value = object[key];
    if (!value.isDouble() || !std::isfinite(value.toDouble()))
        return std::nullopt;
    return value.toDouble();
}

QString headingPart(const ReportInput &input)
{
    QString out = QStringLiteral("<h1>") + escaped(input.title) + QStringLiteral("</h1>\n<p class=\"made\">");
    QStringList made;
    if (input.trained.isValid())
        made += tr("Trained %1 UTC").arg(input.trained.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm")));
    if (input.made.isValid())
        made += tr("report made %1 UTC").arg(input.made.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm")));
    made += QStringLiteral("Athanor " ATHANOR_VERSION);
    out += escaped(made.join(QStringLiteral(" · "))) + QStringLiteral("</p>\n<p class=\"verdict\">")
        + escaped((trainedOn(input) + QLatin1Char(' ') + howWell(input)).trimmed()) + QStringLiteral("</p>\n");
    auto perplexity = numberAt(input.evaluation, QStringLiteral("perplexity"));
    if (const auto loss = numberAt(input.train, QStringLiteral("validationLoss")); loss && !perplexity)
        perplexity = std::exp(*loss);
    const auto percent = [&](const char *key) {
        const auto value = numberAt(input.train, QLatin1String(key));
        return value ? tr("%1 %").arg(formatReal(100 * *value, 3)) : QString();
    };
    out += QStringLiteral("<div class=\"cards\">\n") + card(percent("maskedAccuracy"), tr("held-out hidden tokens found"))
        + card(percent("nextSentenceAccuracy"), tr("pairs of passages judged right")) + card(percent("accuracy"), tr("held-out labels that are right"))
        + card(real(numberAt(input.train, QStringLiteral("macroF1")), 3), tr("macro F1")) + card(bits(ownBitsPerByte(input)), tr("bits per byte, held-out"))
        + card(real(perplexity), tr("perplexity a token"))
        + card(count(numberAt(input.train, QStringLiteral("parameters"))), tr("parameters"))
        + card(count(numberAt(input.train, QStringLiteral("tokens"))), tr("tokens trained on"))
        + card(integer(numberAt(input.train, QStringLiteral("steps"))), tr("steps"));
    if (const auto seconds = numberAt(input.train, QStringLiteral("seconds")))
        out += card(formatDuration(*seconds), tr("training time"));
    return out + QStringLiteral("</div>\n");
}

QString comparisonPart(const ReportInput &input)
{
    struct Row {
        QString title;
        std::optional<double> value;
        bool own;
    };
    const bool hasBase = !input.base.name.isEmpty();
    std::vector<Row> rows = {
        {hasBase ? tr("%1, before training").arg(input.base.name) : tr("Before training"), numberAt(input.train, QStringLiteral("startBitsPerByte")), false},
        {tr("gzip -9"), numberAt(input.evaluation, QStringLiteral("gzipBitsPerByte")), false},
        {tr("xz -9e"), numberAt(input.evaluation, QStringLiteral("xzBitsPerByte")), false},
    };
    for (const OtherRun &other : input.others)
        rows.push_back({other.title, other.bitsPerByte, false});
    rows.push_back({tr("This model"), ownBitsPerByte(input), true});
    double most = 0;
    for (const Row &row : rows)
        most = std::max(most, row.value.value_or(0));
    if (!rows.back().value || most <= 0)
        return {};
    QString out = QStringLiteral("<div class=\"bars\">\n");
    for (const Row &row : rows) {
        if (!row.value)
            continue;
        out += QStringLiteral("<span>") + escaped(row.title + QStringLiteral(": ") + bits(row.value))
            + QStringLiteral("</span><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect%1 "
                             "width=\"%2\" height=\"10\" rx=\"1\"/></svg>\n")
                  .arg(row.own ? QStringLiteral(" class=\"own\"") : QString(),
                       QString::number(std::clamp(*row.value / most * 100, 0.0, 100.0), 'f', 2));
    }
    out += QStringLiteral("</div>\n<p class=\"note\">")
        + escaped(tr("Bits for each byte of the held-out documents; less is better. Counted over the raw bytes of their "
                     "extracted text, in the order of their ids, with the end of each document; gzip and xz on the same "
                     "bytes in one piece."))
        + QStringLiteral("</p>\n");
    return section(QStringLiteral("comparison"), tr("How well"), out);
}

QString curvesPart(const ReportInput &input)
{
    std::vector<Level> levels;
    if (const auto gzip = numberAt(input.evaluation, QStringLiteral("gzipBitsPerByte")))
        levels.push_back({QStringLiteral("gzip -9"), *gzip});
    if (const auto xz = numberAt(input.evaluation, QStringLiteral("xzBitsPerByte")))
        levels.push_back({QStringLiteral("xz -9e"), *xz});
    QString out;
    out += svgPlot({tr("Loss"), tr("nats a token"), curvesOf(input, QStringLiteral("loss")), {}});
    out += svgPlot({tr("Bits per byte"), {}, curvesOf(input, QStringLiteral("bits_per_byte")), levels});
    out += svgPlot({tr("Perplexity"), tr("a token"), curvesOf(input, QStringLiteral("perplexity")), {}});
    out += singleCurve(input, QStringLiteral("train/objective"), tr("What was minimised"), tr("nats a token"), 2);
    out += singleCurve(input, QStringLiteral("lr"), tr("Learning rate"), {}, 3);
    out += singleCurve(input, QStringLiteral("gradient_norm"), tr("Gradient norm"), {}, 4);
    out += singleCurve(input, QStringLiteral("tokens_per_second"), tr("Speed"), tr("tokens a second"), 1);
    return section(QStringLiteral("curves"), tr("How it learned"), out);
}

QString samplesPart(const ReportInput &input)
{
    // First, last, and evenly between when there are very many.
    QString out;
    const size_t total = input.samples.size();
    const size_t shown = std::min(total, kMostSamples);
    for (size_t i = 0; i < shown; ++i) {
        const Sample &sample = input.samples[shown > 1 ? i * (total - 1) / (shown - 1) : 0];
        QString head = tr("Step %1").arg(formatInteger(sample.step));
        if (!sample.label.isEmpty())
            head += QStringLiteral(": ") + sample.label;
        QString body = sample.text;
        if (body.size() > kLongestSample)
            body = body.left(kLongestSample) + QStringLiteral(" …");
        out += QStringLiteral("<h3>") + escaped(head) + QStringLiteral("</h3>\n<pre><span class=\"prompt\">")
            + escaped(sample.prompt) + QStringLiteral("</span>") + escaped(body) + QStringLiteral("</pre>\n");
    }
    if (!out.isEmpty())
        out = QStringLiteral("<p class=\"note\">")
            + escaped(tr("The coloured words were given; the rest is the model's. What was taught documents continues text; what "
                         "was taught answers, answers."))
            + QStringLiteral("</p>\n") + out;
    return section(QStringLiteral("samples"), tr("What it wrote while learning"), out);
}

}  // namespace athanor::report
