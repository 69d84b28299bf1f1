#include "core/corpus/signal_values.h"

#include "core/corpus/byte_stream.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace athanor::corpus {

namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr qsizetype kPieceBytes = 1 << 20;
constexpr qsizetype kLongestLine = 16 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> broken(const QString &file, qint64 line)
{
    return fail(ErrorCode::Corrupt, tr("“%1” is damaged at line %2.").arg(file).arg(line), tr("Prepare the dataset again."));
}

bool takeLine(QByteArrayView line, SignalValues &out)
{
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromRawData(line.data(), line.size())).object();
    const QByteArray id = QByteArray::fromHex(object.value(QLatin1String("id")).toString().toLatin1());
    if (id.size() != 32)
        return false;
    out.documents.push_back({id, object.value(QLatin1String("path")).toString().toUtf8(),
                             object.value(QLatin1String("status")).toString() == QLatin1String("kept")});
    const QJsonObject measured = object.value(QLatin1String("signals")).toObject();
    for (qsizetype i = 0; i < out.keys.size(); ++i)
        out.values[static_cast<size_t>(i)].push_back(measured.value(out.keys[i]).toDouble(kAbsent));
    return true;
}

QJsonValue numberOrNull(double value)
{
    return std::isfinite(value) ? QJsonValue(value) : QJsonValue();
}

QJsonObject reportOf(const SignalDeclaration &signal, const std::vector<double> &values)
{
    const Distribution distribution = distributionOf(values);
    QJsonObject quantiles;
    for (size_t i = 0; i < Distribution::kShares.size(); ++i)
        quantiles.insert(QString::number(Distribution::kShares[i]), numberOrNull(distribution.quantiles[i]));
    return {{QStringLiteral("filter"), signal.filter}, {QStringLiteral("filterTitle"), signal.filterTitle},
            {QStringLiteral("signal"), signal.key}, {QStringLiteral("title"), signal.title}, {QStringLiteral("term"), signal.term},
            {QStringLiteral("unit"), signal.unit}, {QStringLiteral("count"), distribution.count},
            {QStringLiteral("min"), numberOrNull(distribution.least)}, {QStringLiteral("max"), numberOrNull(distribution.most)},
            {QStringLiteral("mean"), numberOrNull(distribution.mean)}, {QStringLiteral("quantiles"), quantiles}};
}

}  // namespace

const std::vector<double> &SignalValues::of(const QString &key) const
{
    static const std::vector<double> none;
    const qsizetype at = keys.indexOf(key);
    return at < 0 ? none : values[static_cast<size_t>(at)];
}

Result<SignalValues> readSignalValues(const QString &file, const QStringList &keys, const CancelToken &cancel)
{
    if (!QFileInfo::exists(file))
        return fail(ErrorCode::NotFound, tr("The list of the documents is not there any more."), tr("Prepare the dataset again."));
    ATHANOR_ASSIGN(const std::unique_ptr<ByteStream> stream, ByteStream::open(file));
    SignalValues out;
    out.keys = keys;
    out.values.resize(static_cast<size_t>(keys.size()));
    QByteArray pending;
    for (;;) {
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped."));
        ATHANOR_ASSIGN(const QByteArray piece, stream->read(kPieceBytes));
        pending += piece;
        qsizetype start = 0;
        for (qsizetype end = 0; (end = pending.indexOf('\n', start)) >= 0; start = end + 1)
            if (!takeLine(QByteArrayView(pending).sliced(start, end - start), out))
                return broken(file, static_cast<qint64>(out.documents.size()) + 1);
        pending.remove(0, start);
        if (pending.size() > kLongestLine || (piece.isEmpty() && !pending.isEmpty()))
            return broken(file, static_cast<qint64>(out.documents.size()) + 1);
        if (piece.isEmpty())
            return out;
    }
}

Distribution distributionOf(const std::vector<double> &values)
{
    std::vector<double> sorted;
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), [](double value) { return std::isfinite(value); });
    Distribution result{static_cast<qint64>(sorted.size()), kAbsent, kAbsent, kAbsent, {}};
    result.quantiles.fill(kAbsent);
    if (sorted.empty())
        return result;
    std::sort(sorted.begin(), sorted.end());
    result.least = sorted.front();
    result.most = sorted.back();
    double sum = 0;
    for (const double value : sorted)
        sum += value;
    result.mean = sum / static_cast<double>(sorted.size());
    for (size_t i = 0; i < result.quantiles.size(); ++i) {
        const double place = Distribution::kShares[i] * static_cast<double>(sorted.size() - 1);
        const auto below = static_cast<size_t>(place);
        const double above = sorted[std::min(below + 1, sorted.size() - 1)];
        result.quantiles[i] = sorted[below] + (place - static_cast<double>(below)) * (above - sorted[below]);
    }
    return result;
}

LimitCount countsAt(const std::vector<double> &values, const SignalLimit &limit)
{
    LimitCount counts;
    for (const double value : values)
        if (!std::isnan(value))
            ++(limit.removes(value) ? counts.removed : counts.kept);
    return counts;
}

NearLimit nearestTo(const std::vector<double> &values, const SignalLimit &limit, size_t most)
{
    NearLimit near;
    for (size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i]))
            (limit.removes(values[i]) ? near.removed : near.kept).push_back(i);
    for (std::vector<size_t> *side : {&near.kept, &near.removed}) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(most, side->size()));
        std::partial_sort(side->begin(), side->begin() + count, side->end(), [&](size_t a, size_t b) {
            return std::pair(std::abs(values[a] - limit.value), a) < std::pair(std::abs(values[b] - limit.value), b);
        });
        side->resize(static_cast<size_t>(count));
    }
    return near;
}

SortedSignal::SortedSignal(const std::vector<double> &values)
{
    for (size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i]))
            m_values.emplace_back(values[i], i);
    std::sort(m_values.begin(), m_values.end());
    for (const auto &[value, index] : m_values)
        if (std::isfinite(value))
            m_finite.push_back(value);
}

/// Place of the first value that is on the upper side of the limit.
size_t SortedSignal::edge(const SignalLimit &limit) const
{
    const auto at = limit.side == SignalLimit::Side::Least
                        ? std::lower_bound(m_values.begin(), m_values.end(), limit.value, [](const Value &each, double value) { return each.first < value; })
                        : std::upper_bound(m_values.begin(), m_values.end(), limit.value, [](double value, const Value &each) { return value < each.first; });
    return static_cast<size_t>(at - m_values.begin());
}

LimitCount SortedSignal::countsAt(const SignalLimit &limit) const
{
    const auto all = static_cast<qint64>(m_values.size()), below = static_cast<qint64>(edge(limit));
    if (!limit.isOn)
        return {all, 0};
    return limit.side == SignalLimit::Side::Least ? LimitCount{all - below, below} : LimitCount{below, all - below};
}

NearLimit SortedSignal::nearestTo(const SignalLimit &limit, size_t most) const
{
    const auto middle = m_values.begin() + static_cast<std::ptrdiff_t>(edge(limit));
    std::vector<Value> above, below;  // distances with indexes, nearest first; of the equally far the lowest index first
    const auto put = [&](std::vector<Value> &side, const Value &each) { side.emplace_back(std::abs(each.first - limit.value), each.second); };
    for (auto at = middle; at != m_values.end() && above.size() < most; ++at)
        put(above, *at);
    for (auto end = middle; end != m_values.begin() && below.size() < most;) {
        const auto begin = std::lower_bound(m_values.begin(), end, std::prev(end)->first, [](const Value &each, double value) { return each.first < value; });
        for (auto at = begin; at != end && below.size() < most; ++at)
            put(below, *at);
        end = begin;
    }
    if (!limit.isOn) {  // all stay
        above.insert(above.end(), below.begin(), below.end());
        std::sort(above.begin(), above.end());
        above.resize(std::min(most, above.size()));
        below.clear();
    }
    NearLimit near;
    const bool keepsAbove = !limit.isOn || limit.side == SignalLimit::Side::Least;
    for (const Value &each : keepsAbove ? above : below)
        near.kept.push_back(each.second);
    for (const Value &each : keepsAbove ? below : above)
        near.removed.push_back(each.second);
    return near;
}

QJsonArray signalReport(const std::vector<SignalLimit> &limits, const SignalValues &values)
{
    QJsonArray report;
    QJsonObject entry;
    QJsonArray ofSignal;
    const auto finish = [&] {
        if (entry.isEmpty())
            return;
        entry.insert(QStringLiteral("limits"), ofSignal);
        report.append(entry);
    };
    for (const SignalLimit &limit : limits) {
        const auto is = [&](const char *key, const QString &value) { return entry.value(QLatin1String(key)).toString() == value; };
        if (!is("filter", limit.signal.filter) || !is("signal", limit.signal.key)) {
            finish();
            entry = reportOf(limit.signal, values.of(limit.signal.key));
            ofSignal = {};
        }
        ofSignal.append(QJsonObject{{QStringLiteral("parameter"), limit.parameter()},
                                    {QStringLiteral("side"), limit.side == SignalLimit::Side::Least ? QStringLiteral("least") : QStringLiteral("most")},
                                    {QStringLiteral("value"), limit.value}, {QStringLiteral("on"), limit.isOn},
                                    {QStringLiteral("removed"), countsAt(values.of(limit.signal.key), limit).removed}});
    }
    finish();
    return report;
}

}  // namespace athanor::corpus
