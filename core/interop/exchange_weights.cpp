// Names and layouts of weights in both directions. Thread: pure.
// Letters: R rows, C columns of a matrix; a tensor of one size has rows of one number.
#include "core/interop/exchange.h"

#include "core/interop/exchange_numbers.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>

#include <numeric>

namespace athanor::interop {
namespace {

constexpr qint64 kMostRows = qint64(1) << 26;
constexpr qint64 kMostRounds = 4096;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// One of our tensors beside those of the form that hold the same numbers.
struct Pair {
    QString ours;
    QStringList theirs;
    std::vector<qint64> rows;  // of each of theirs
    qint64 columns = -1;       // -1: one size
    bool transposed = false;
    bool leading = false;             // theirs has a size 1 in front
    std::vector<qint64> places;       // of each of our rows among all rows of theirs; empty: the same
    qint64 allRows() const { return std::accumulate(rows.begin(), rows.end(), qint64(0)); }
};

std::vector<qint64> shapeOf(qint64 rows, qint64 columns)
{
    return columns < 0 ? std::vector<qint64>{rows} : std::vector<qint64>{rows, columns};
}

std::vector<qint64> theirShape(const Pair &pair, size_t index)
{
    std::vector<qint64> shape = shapeOf(pair.rows[index], pair.columns);
    if (pair.transposed)
        std::swap(shape[0], shape[1]);
    if (pair.leading)
        shape.insert(shape.begin(), 1);
    return shape;
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
    Result<std::vector<Pair>> make(const QJsonArray &entries) const
    {
        std::vector<Pair> pairs;
        for (const QJsonValue &value : entries) {
            const QJsonObject entry = value.toObject();
            ATHANOR_ASSIGN(const bool stands, m_numbers.stands(entry));
            if (!stands || (m_isReading && entry.value(QLatin1String("only_written")).toBool()))
                continue;
            ATHANOR_ASSIGN(const Pair pair, one(entry));
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

    Result<Pair> one(const QJsonObject &entry) const
    {
        Pair pair;
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

    Status setPlaces(Pair &pair, const QJsonObject &entry) const
    {
        const QJsonObject mixed = entry.value(QLatin1String("interleaved")).toObject();
        if (!m_isGguf && !mixed.isEmpty())
            return interleave(pair, mixed);
        if (m_isGguf && entry.contains(QLatin1String("paired")))
            return unpair(pair, entry.value(QLatin1String("paired")));
        return {};
    }

    // Theirs: groups, in each n₀ units of part 0, n₁ of part 1 … Ours: all units of part 0, then all of part 1 …
    Status interleave(Pair &pair, const QJsonObject &mixed) const
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
    Status unpair(Pair &pair, const QJsonValue &formulas) const
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

    Status repeat(const Pair &pair, const QJsonObject &entry, std::vector<Pair> &pairs) const
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
            Pair round = pair;
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

// Neighbouring rows of one source become one run.
void addRow(std::vector<RowRun> &runs, size_t source, qint64 row)
{
    if (!runs.empty() && runs.back().source == source && runs.back().first + runs.back().count == row)
        ++runs.back().count;
    else
        runs.push_back({source, row, 1});
}

std::vector<RowRun> inwardRuns(const Pair &pair)
{
    std::vector<RowRun> runs;
    if (pair.places.empty()) {
        for (size_t source = 0; source < pair.rows.size(); ++source)
            runs.push_back({source, 0, pair.rows[source]});
        return runs;
    }
    std::vector<qint64> starts(1, 0);
    for (const qint64 rows : pair.rows)
        starts.push_back(starts.back() + rows);
    for (const qint64 place : pair.places) {
        const auto source = size_t(std::upper_bound(starts.begin(), starts.end(), place) - starts.begin() - 1);
        addRow(runs, source, place - starts[source]);
    }
    return runs;
}

TensorMove inward(const Pair &pair, const QHash<QString, QString> &fileNames)
{
    TensorMove move;
    move.name = pair.ours;
    move.shape = shapeOf(pair.allRows(), pair.columns);
    for (size_t index = 0; index < pair.rows.size(); ++index)
        move.sources.push_back({fileNames.value(pair.theirs[qsizetype(index)]), theirShape(pair, index)});
    move.transposed = pair.transposed;
    move.rowLength = std::max<qint64>(pair.columns, 1);
    if (!pair.transposed)
        move.rows = inwardRuns(pair);
    return move;
}

void outward(const Pair &pair, std::vector<TensorMove> &moves)
{
    std::vector<qint64> oursAt(size_t(pair.allRows()));
    for (qint64 row = 0; row < pair.allRows(); ++row)
        oursAt[size_t(pair.places.empty() ? row : pair.places[size_t(row)])] = row;
    qint64 before = 0;
    for (size_t index = 0; index < pair.rows.size(); ++index) {
        TensorMove move;
        move.name = pair.theirs[qsizetype(index)];
        move.shape = theirShape(pair, index);
        move.sources.push_back({pair.ours, shapeOf(pair.allRows(), pair.columns)});
        move.transposed = pair.transposed;
        move.rowLength = std::max<qint64>(pair.columns, 1);
        for (qint64 row = 0; !pair.transposed && row < pair.rows[index]; ++row)
            addRow(move.rows, 0, oursAt[size_t(before + row)]);
        before += pair.rows[index];
        moves.push_back(std::move(move));
    }
}

QRegularExpression patternOf(const QString &name)
{
    QString escaped = QRegularExpression::escape(name);
    escaped.replace(QRegularExpression::escape(QStringLiteral("{i}")), QStringLiteral("\\d{1,6}"));
    return QRegularExpression(QRegularExpression::anchoredPattern(escaped));
}

// The form's full name of each tensor of a file: other spellings changed, the prefix put in front where it was left out.
QString fullName(QString name, const QJsonObject &words, const QSet<QString> &wanted)
{
    for (const QJsonValue &rename : words.value(QLatin1String("renames")).toArray())
        name.replace(rename.toArray().at(0).toString(), rename.toArray().at(1).toString());
    const QString prefix = words.value(QLatin1String("prefix")).toString();
    return !prefix.isEmpty() && !wanted.contains(name) && !name.startsWith(prefix) ? prefix + name : name;
}

Status checkShape(const WeightEntry &entry, const QString &ours, const std::vector<qint64> &wanted)
{
    if (entry.shape == wanted)
        return {};
    return fail(ErrorCode::Corrupt, tr("“%1” has the shape %2; for “%3” it must be %4.")
                                        .arg(entry.name, shapeText(entry.shape), ours, shapeText(wanted)),
                tr("The config and the weights do not belong together."));
}

class FileNames {
public:
    FileNames(const WeightSource &source, const QJsonObject &words, const QSet<QString> &wanted)
    {
        for (const WeightEntry &entry : source.entries()) {
            const QString full = fullName(entry.name, words, wanted);
            if (wanted.contains(full) && !m_names.contains(full))
                m_names.insert(full, entry.name);
            else
                m_others.push_back({entry.name, full});
        }
    }
    const QHash<QString, QString> &names() const { return m_names; }
    /// Names of tensors that nothing wants and nobody allows.
    QStringList surplus(const std::vector<QRegularExpression> &allowed, QStringList *leftOut) const
    {
        QStringList tooMuch;
        for (const auto &[name, full] : m_others) {
            const QString own = name, whole = full;
            const bool mayStay = std::any_of(allowed.begin(), allowed.end(), [&](const QRegularExpression &pattern) {
                return pattern.match(whole).hasMatch() || pattern.match(own).hasMatch();
            });
            if (!mayStay)
                tooMuch += name;
            else if (leftOut)
                *leftOut += name;
        }
        return tooMuch;
    }

private:
    QHash<QString, QString> m_names;  // full → as in the file
    std::vector<std::pair<QString, QString>> m_others;
};

QString few(const QStringList &names)
{
    const QString shown = QStringList(names.mid(0, 3)).join(QStringLiteral(", "));
    return names.size() > 3 ? shown + QStringLiteral(" …") : shown;
}

Status checkNames(const std::vector<Pair> &pairs, const FileNames &names, const QStringList &surplus)
{
    QStringList missing;
    for (const Pair &pair : pairs)
        for (const QString &name : pair.theirs)
            if (!names.names().contains(name))
                missing += tr("“%1” (here “%2”)").arg(name, pair.ours);
    if (!missing.isEmpty())
        return fail(ErrorCode::Corrupt, tr("%1 tensors are missing in the file: %2.").arg(missing.size()).arg(few(missing)),
                    surplus.isEmpty() ? tr("The file is not whole, or belongs to another model.")
                                      : tr("Not used are: %1.").arg(few(surplus)));
    if (!surplus.isEmpty())
        return fail(ErrorCode::Unsupported,
                    tr("The file holds %1 tensors that this family does not have: %2.").arg(surplus.size()).arg(few(surplus)),
                    tr("Leaving them out would change the model, so it is not read."));
    return {};
}

}  // namespace

Result<std::vector<TensorMove>> Exchange::readMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                                    const WeightSource &source, QStringList *notes) const
{
    const QJsonObject words = part(form);
    ExchangeNumbers numbers(m_schema, choices);
    numbers.set(QStringLiteral("vocabulary"), double(vocabulary));
    ATHANOR_TRY(numbers.addValues(m_file.value(QLatin1String("values")).toObject()));
    const PairMaker maker(numbers, form, true);
    ATHANOR_ASSIGN(const std::vector<Pair> pairs, maker.make(m_file.value(QLatin1String("weights")).toArray()));
    QSet<QString> wanted;
    for (const Pair &pair : pairs)
        wanted += QSet<QString>(pair.theirs.begin(), pair.theirs.end());
    const FileNames names(source, words, wanted);
    std::vector<QRegularExpression> allowed;
    for (const QJsonValue &value : words.value(QLatin1String("surplus")).toArray()) {
        ATHANOR_ASSIGN(const bool stands, numbers.stands(value.toObject()));
        if (stands)
            allowed.push_back(patternOf(value.toObject().value(QLatin1String("name")).toString()));
    }
    QStringList leftOut;
    ATHANOR_TRY(checkNames(pairs, names, names.surplus(allowed, &leftOut)));
    if (notes && !leftOut.isEmpty())
        *notes += tr("Left out, because the model does not need them: %1.").arg(few(leftOut));
    std::vector<TensorMove> moves;
    for (const Pair &pair : pairs) {
        moves.push_back(inward(pair, names.names()));
        for (const TensorMove::Source &part : moves.back().sources)
            ATHANOR_TRY(checkShape(*source.find(part.name), pair.ours, part.shape));
    }
    return moves;
}

Result<std::vector<TensorMove>> Exchange::writeMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary) const
{
    ATHANOR_ASSIGN(const QJsonObject all, m_schema.validate(choices));
    ExchangeNumbers numbers(m_schema, all);
    numbers.set(QStringLiteral("vocabulary"), double(vocabulary));
    ATHANOR_TRY(numbers.addValues(m_file.value(QLatin1String("values")).toObject()));
    const PairMaker maker(numbers, form, false);
    ATHANOR_ASSIGN(const std::vector<Pair> pairs, maker.make(m_file.value(QLatin1String("weights")).toArray()));
    std::vector<TensorMove> moves;
    for (const Pair &pair : pairs)
        outward(pair, moves);
    return moves;
}

}  // namespace athanor::interop
