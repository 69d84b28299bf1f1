// See exchange_pairs.h.
#include "core/interop/exchange_pairs.h"

#include <QCoreApplication>

#include <numeric>

namespace athanor::interop {
namespace {

constexpr qint64 kMostRows = qint64(1) << 26;
constexpr qint64 kMostRounds = 4096;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

std::vector<qint64> shapeOf(qint64 rows, qint64 columns)
{
    return columns < 0 ? std::vector<qint64>{rows} : std::vector<qint64>{rows, columns};
}

QStringList texts(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue &one : value.toArray())
        list += one.toString();
    return list;
}

class PairMaker {
public:
    PairMaker(const ExchangeNumbers &numbers, ExchangeForm form, bool isReading)
        : m_numbers(numbers), m_isGguf(form == ExchangeForm::Gguf), m_isReading(isReading)
    {
    }
    Result<std::vector<TensorPair>> make(const QJsonArray &entries) const
    {
        std::vector<TensorPair> pairs;
        for (const QJsonValue &value : entries) {
            const QJsonObject entry = value.toObject();
            ATHANOR_ASSIGN(const bool stands, m_numbers.stands(entry));
            if (!stands || (m_isReading && entry.value(QLatin1String("only_written")).toBool()))
                continue;
            ATHANOR_ASSIGN(const TensorPair pair, one(entry));
            ATHANOR_TRY(repeat(pair, entry, pairs));
        }
        return pairs;
    }

private:
    Result<std::vector<qint64>> sizes(const QJsonValue &formulas) const
    {
        std::vector<qint64> list;
        for (const QString &formula : texts(formulas)) {
            ATHANOR_ASSIGN(const qint64 size, m_numbers.size(formula));
            list.push_back(size);
        }
        return list;
    }

    Result<TensorPair> one(const QJsonObject &entry) const
    {
        TensorPair pair;
        pair.ours = entry.value(QLatin1String("ours")).toString();
        pair.theirs = texts(entry.value(m_isGguf ? QLatin1String("gguf") : QLatin1String("huggingface")));
        ATHANOR_ASSIGN(pair.rows, sizes(entry.value(QLatin1String("rows"))));
        if (pair.theirs.isEmpty())
            return fail(ErrorCode::Unsupported, tr("The form has no name for “%1”.").arg(pair.ours));
        if (pair.theirs.size() == 1 && pair.rows.size() > 1)
            pair.rows = {pair.allRows()};
        if (size_t(pair.theirs.size()) != pair.rows.size() || pair.allRows() > kMostRows)
            return fail(ErrorCode::Corrupt, tr("The exchange file's sizes of “%1” do not fit.").arg(pair.ours));
        if (const QString columns = entry.value(QLatin1String("columns")).toString(); !columns.isEmpty()) {
            ATHANOR_ASSIGN(pair.columns, m_numbers.size(columns));
        }
        pair.transposed = !m_isGguf && entry.value(QLatin1String("transposed")).toBool();
        pair.leading = !m_isGguf && entry.value(QLatin1String("leading")).toBool();
        ATHANOR_TRY(setPlaces(pair, entry));
        return pair;
    }

    Status setPlaces(TensorPair &pair, const QJsonObject &entry) const
    {
        const QJsonObject mixed = entry.value(QLatin1String("interleaved")).toObject();
        if (!m_isGguf && !mixed.isEmpty())
            return interleave(pair, mixed);
        if (m_isGguf && entry.contains(QLatin1String("paired")))
            return unpair(pair, entry.value(QLatin1String("paired")));
        return {};
    }

    // Theirs: groups, in each n₀ units of part 0, n₁ of part 1 … Ours: all units of part 0, then all of part 1 …
    Status interleave(TensorPair &pair, const QJsonObject &mixed) const
    {
        ATHANOR_ASSIGN(const qint64 groups, m_numbers.size(mixed.value(QLatin1String("groups")).toString()));
        ATHANOR_ASSIGN(const qint64 unit, m_numbers.size(mixed.value(QLatin1String("unit")).toString()));
        ATHANOR_ASSIGN(const std::vector<qint64> parts, sizes(mixed.value(QLatin1String("parts"))));
        const qint64 perGroup = std::accumulate(parts.begin(), parts.end(), qint64(0));
        if (groups * perGroup * unit != pair.allRows())
            return fail(ErrorCode::Corrupt, tr("The groups of “%1” do not fill its %2 rows.").arg(pair.ours).arg(pair.allRows()));
        qint64 before = 0;
        for (const qint64 part : parts) {
            for (qint64 group = 0; group < groups; ++group)
                for (qint64 row = 0; row < part * unit; ++row)
                    pair.places.push_back((group * perGroup + before) * unit + row);
            before += part;
        }
        return {};
    }

    // Rotary pairs: theirs has the two halves of a head as neighbours, ours one half after the other.
    Status unpair(TensorPair &pair, const QJsonValue &formulas) const
    {
        ATHANOR_ASSIGN(const std::vector<qint64> heads, sizes(formulas));
        if (heads.size() != pair.rows.size())
            return fail(ErrorCode::Corrupt, tr("The exchange file's sizes of “%1” do not fit.").arg(pair.ours));
        qint64 before = 0;
        for (size_t index = 0; index < heads.size(); ++index) {
            const qint64 head = heads[index] > 0 ? heads[index] : 1, half = head > 1 ? head / 2 : 1;
            if (pair.rows[index] % head != 0 || (head > 1 && head % 2 != 0))
                return fail(ErrorCode::Corrupt, tr("Heads of %1 do not fill “%2”.").arg(head).arg(pair.theirs.value(qsizetype(index))));
            for (qint64 row = 0; row < pair.rows[index]; ++row) {
                const qint64 inside = row % head;
                const qint64 place = head > 1 ? 2 * (inside % half) + inside / half : 0;
                pair.places.push_back(before + row - inside + place);
            }
            before += pair.rows[index];
        }
        return {};
    }

    Status repeat(const TensorPair &pair, const QJsonObject &entry, std::vector<TensorPair> &pairs) const
    {
        const QString mark = QStringLiteral("{i}");
        if (!pair.ours.contains(mark)) {
            pairs.push_back(pair);
            return {};
        }
        const QString over = entry.value(QLatin1String("over")).toString();
        ATHANOR_ASSIGN(const qint64 rounds, m_numbers.size(over.isEmpty() ? QStringLiteral("layers") : over));
        if (rounds > kMostRounds)
            return fail(ErrorCode::LimitExceeded, tr("%1 layers are more than the limit of %2.").arg(rounds).arg(kMostRounds));
        for (qint64 i = 0; i < rounds; ++i) {
            TensorPair round = pair;
            round.ours.replace(mark, QString::number(i));
            for (QString &name : round.theirs)
                name.replace(mark, QString::number(i));
            pairs.push_back(std::move(round));
        }
        return {};
    }

    const ExchangeNumbers &m_numbers;
    bool m_isGguf;
    bool m_isReading;
};

}  // namespace

qint64 TensorPair::allRows() const { return std::accumulate(rows.begin(), rows.end(), qint64(0)); }

std::vector<qint64> TensorPair::ourShape() const { return shapeOf(allRows(), columns); }

std::vector<qint64> TensorPair::theirShape(size_t index) const
{
    std::vector<qint64> shape = shapeOf(rows[index], columns);
    if (transposed)
        std::swap(shape[0], shape[1]);
    if (leading)
        shape.insert(shape.begin(), 1);
    return shape;
}

Result<std::vector<TensorPair>> tensorPairs(const QJsonArray &entries, const ExchangeNumbers &numbers, ExchangeForm form, bool isReading)
{
    return PairMaker(numbers, form, isReading).make(entries);
}

}  // namespace athanor::interop
