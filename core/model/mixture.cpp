#include "core/model/mixture.h"

#include <QCoreApplication>
#include <QLocale>
#include <QSet>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace athanor::model {

namespace {

constexpr int kStairs = 20;  // of a gradual change
constexpr double kMostStages = 1000;

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString sourceHint(const QList<SourceName> &sources)
{
    QStringList names;
    for (const SourceName &source : sources)
        names += source.name;
    return tr("The sources of the dataset are: %1.").arg(names.join(QStringLiteral(", ")));
}

std::optional<double> plainNumber(const QString &text)
{
    bool ok = false;
    const double number = QLocale::c().toDouble(text.trimmed(), &ok);
    return ok && std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
}

Result<size_t> placeOf(const QString &name, const QList<SourceName> &sources)
{
    for (qsizetype i = 0; i < sources.size(); ++i)
        if (sources[i].name == name || sources[i].id == name)
            return static_cast<size_t>(i);
    return fail(ErrorCode::InvalidInput, tr("“mixture” names the source “%1”, which the dataset does not have.").arg(name.left(80)), sourceHint(sources));
}

/// "docs=2"
Status readWeight(const QString &text, const QList<SourceName> &sources, std::vector<double> &weights, QSet<size_t> &named)
{
    const qsizetype equals = text.lastIndexOf(QLatin1Char('='));
    if (equals <= 0)
        return fail(ErrorCode::InvalidInput, tr("“%1” in “mixture” is not of the form source=weight.").arg(text.left(80)), sourceHint(sources));
    ATHANOR_ASSIGN(const size_t place, placeOf(text.left(equals).trimmed(), sources));
    const QString given = text.mid(equals + 1).trimmed();
    const auto weight = plainNumber(given);
    if (!weight || *weight < 0 || *weight > kLargestWeight)
        return fail(ErrorCode::InvalidInput, tr("The weight of “%1” in “mixture” cannot be “%2”.").arg(text.left(equals).trimmed().left(80), given.left(40)),
                    tr("It must be a number from 0, which leaves the source out, to %1.").arg(kLargestWeight, 0, 'f', 0));
    if (named.contains(place))
        return fail(ErrorCode::InvalidInput, tr("“mixture” gives “%1” two weights at once.").arg(sources[static_cast<qsizetype>(place)].name), tr("Leave one of them out."));
    named.insert(place);
    weights[place] = *weight;
    return {};
}

enum class Place { First, Later };

/// "50%: docs=2, code=1"; without a share it begins with the run, and only the first part can.
Status readStage(const QString &text, Place place, const QList<SourceName> &sources, std::vector<MixtureStage> &stages)
{
    const qsizetype percent = text.indexOf(QStringLiteral("%:"));
    double from = 0;
    if (percent >= 0) {
        const auto given = plainNumber(text.left(percent));
        if (!given || *given < 0 || *given >= 100)
            return fail(ErrorCode::InvalidInput, tr("A part of “mixture” cannot begin at “%1 %”.").arg(text.left(percent).trimmed().left(40)),
                        tr("It must be from 0 to below 100 % of the run."));
        from = *given / 100;
    }
    const bool beginsTheRun = place == Place::First && from == 0;
    if (!beginsTheRun && from <= stages.back().from)
        return fail(ErrorCode::InvalidInput, tr("The parts of “mixture” are not in the order of the run: %1 % after %2 %.").arg(100 * from).arg(100 * stages.back().from),
                    tr("Write the parts in their order, each with the share of the run from which it holds: “docs=2; 50%: docs=1; 90%: docs=8”."));
    MixtureStage stage{from, stages.back().weights};
    QSet<size_t> named;
    for (const QString &part : text.mid(percent >= 0 ? percent + 2 : 0).trimmed().split(QLatin1Char(','), Qt::SkipEmptyParts))
        ATHANOR_TRY(readWeight(part.trimmed(), sources, stage.weights, named));
    if (std::all_of(stage.weights.begin(), stage.weights.end(), [](double weight) { return weight == 0; }))
        return fail(ErrorCode::InvalidInput, tr("“mixture” leaves every source out from %1 % of the run on.").arg(100 * from), tr("Give one of them a weight above 0."));
    if (beginsTheRun)
        stages.clear();
    stages.push_back(std::move(stage));
    return {};
}

QString weightText(double weight) { return QString::number(weight, 'g', 12); }

double sumOf(const std::vector<double> &values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::vector<double> between(const std::vector<double> &from, const std::vector<double> &to, double share)
{
    std::vector<double> mixed;
    for (size_t i = 0; i < from.size(); ++i)
        mixed.push_back(from[i] + (to[i] - from[i]) * share);
    return mixed;
}

QString lastParts(const QString &location, qsizetype count)
{
    QStringList parts = location.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    parts = parts.mid(std::max<qsizetype>(0, parts.size() - count));
    QString name = parts.join(QLatin1Char('/'));
    for (const char letter : {',', ';', '=', '%'})  // have a meaning in a mixture
        name.replace(QLatin1Char(letter), QLatin1Char('_'));
    return name.trimmed();
}

}  // namespace

bool Mixture::isAsTheyAre() const
{
    return std::all_of(stages.begin(), stages.end(), [](const MixtureStage &stage) {
        return std::all_of(stage.weights.begin(), stage.weights.end(), [&](double weight) { return weight == stage.weights.front(); });
    });
}

Result<Mixture> parseMixture(const QString &text, const QList<SourceName> &sources)
{
    QStringList parts = text.split(QLatin1Char(';'), Qt::SkipEmptyParts);
    parts.removeIf([](const QString &part) { return part.trimmed().isEmpty(); });
    if (parts.size() > kMostStages)
        return fail(ErrorCode::InvalidInput, tr("“mixture” has %1 parts.").arg(parts.size()), tr("At most %1 are read.").arg(kMostStages));
    Mixture mixture;
    mixture.stages = {{0, std::vector<double>(static_cast<size_t>(sources.size()), 1.0)}};
    for (qsizetype i = 0; i < parts.size(); ++i)
        ATHANOR_TRY(readStage(parts[i], i == 0 ? Place::First : Place::Later, sources, mixture.stages));
    if (mixture.isAsTheyAre())
        mixture.stages.clear();
    return mixture;
}

QString mixtureText(const Mixture &mixture, const QList<SourceName> &sources)
{
    if (mixture.isAsTheyAre())
        return {};
    QStringList stages;
    std::vector<double> before(static_cast<size_t>(sources.size()), 1.0);
    for (const MixtureStage &stage : mixture.stages) {
        QStringList weights;
        for (size_t i = 0; i < stage.weights.size(); ++i)
            if (stage.weights[i] != before[i])
                weights += QStringLiteral("%1=%2").arg(sources[static_cast<qsizetype>(i)].name, weightText(stage.weights[i]));
        before = stage.weights;
        if (weights.isEmpty() && stage.from == 0)
            continue;
        const QString from = stage.from > 0 ? QStringLiteral("%1%: ").arg(weightText(100 * stage.from)) : QString();
        stages += from + weights.join(QStringLiteral(", "));
    }
    return stages.join(QStringLiteral("; "));
}

std::vector<MixtureStage> stairsOf(const Mixture &mixture, MixtureChange change)
{
    if (change == MixtureChange::Step || mixture.stages.size() < 2)
        return mixture.stages;
    std::vector<MixtureStage> stairs;
    for (size_t i = 0; i + 1 < mixture.stages.size(); ++i) {
        const MixtureStage &now = mixture.stages[i], &next = mixture.stages[i + 1];
        for (int stair = 0; stair < kStairs; ++stair)
            stairs.push_back({now.from + (next.from - now.from) * stair / kStairs, between(now.weights, next.weights, (stair + 0.5) / kStairs)});
    }
    stairs.push_back(mixture.stages.back());
    return stairs;
}

std::vector<double> sharesOf(const std::vector<double> &weights, const std::vector<double> &tokens)
{
    std::vector<double> shares;
    for (size_t i = 0; i < weights.size(); ++i)
        shares.push_back(weights[i] * tokens[i]);
    const double sum = sumOf(shares);
    for (double &share : shares)
        share = sum > 0 ? share / sum : 0;
    return shares;
}

std::vector<double> passesOf(const std::vector<MixtureStage> &stages, const std::vector<double> &tokens, double total)
{
    std::vector<double> passes(tokens.size(), 0.0);
    for (size_t i = 0; i < stages.size(); ++i) {
        const double length = (i + 1 < stages.size() ? stages[i + 1].from : 1.0) - stages[i].from;
        const std::vector<double> shares = sharesOf(stages[i].weights, tokens);
        for (size_t source = 0; source < tokens.size(); ++source)
            passes[source] += tokens[source] > 0 ? shares[source] * length * total / tokens[source] : 0;
    }
    return passes;
}

QStringList shortNames(const QStringList &locations)
{
    QStringList names(locations.size());
    for (qsizetype i = 0; i < locations.size(); ++i) {
        const qsizetype most = locations[i].count(QLatin1Char('/')) + 1;
        for (qsizetype count = 1; count <= most; ++count) {
            names[i] = lastParts(locations[i], count);
            const bool isAlone = std::count_if(locations.begin(), locations.end(), [&](const QString &other) { return lastParts(other, count) == names[i]; }) == 1;
            if (isAlone && !names[i].isEmpty())
                break;
        }
    }
    return names;
}

}  // namespace athanor::model
