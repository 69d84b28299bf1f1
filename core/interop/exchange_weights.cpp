// Names and layouts of weights in both directions. Thread: pure.
#include "core/interop/exchange.h"

#include "core/interop/exchange_pairs.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QSet>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// Neighbouring rows of one source become one run.
void addRow(std::vector<RowRun> &runs, size_t source, qint64 row)
{
    if (!runs.empty() && runs.back().source == source && runs.back().first + runs.back().count == row)
        ++runs.back().count;
    else
        runs.push_back({source, row, 1});
}

std::vector<RowRun> inwardRuns(const TensorPair &pair)
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

TensorMove inward(const TensorPair &pair, const QHash<QString, QString> &fileNames)
{
    TensorMove move;
    move.name = pair.ours;
    move.shape = pair.ourShape();
    for (size_t index = 0; index < pair.rows.size(); ++index)
        move.sources.push_back({fileNames.value(pair.theirs[qsizetype(index)]), pair.theirShape(index)});
    move.transposed = pair.transposed;
    move.rowLength = std::max<qint64>(pair.columns, 1);
    if (!pair.transposed)
        move.rows = inwardRuns(pair);
    return move;
}

void outward(const TensorPair &pair, std::vector<TensorMove> &moves)
{
    std::vector<qint64> oursAt(size_t(pair.allRows()));
    for (qint64 row = 0; row < pair.allRows(); ++row)
        oursAt[size_t(pair.places.empty() ? row : pair.places[size_t(row)])] = row;
    qint64 before = 0;
    for (size_t index = 0; index < pair.rows.size(); ++index) {
        TensorMove move;
        move.name = pair.theirs[qsizetype(index)];
        move.shape = pair.theirShape(index);
        move.sources.push_back({pair.ours, pair.ourShape()});
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

Status checkNames(const std::vector<TensorPair> &pairs, const FileNames &names, const QStringList &surplus)
{
    QStringList missing;
    for (const TensorPair &pair : pairs)
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

Result<ExchangeNumbers> Exchange::numbersOf(const QJsonObject &choices, qint64 vocabulary, qint64 labels) const
{
    ExchangeNumbers numbers(m_schema, choices);
    numbers.set(QStringLiteral("vocabulary"), double(vocabulary));
    numbers.set(QStringLiteral("labels"), double(labels));
    ATHANOR_TRY(numbers.addValues(m_file.value(QLatin1String("values")).toObject()));
    return numbers;
}

Result<std::vector<TensorMove>> Exchange::readMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                                    const WeightSource &source, QStringList *notes, qint64 labels) const
{
    const QJsonObject words = part(form);
    ATHANOR_ASSIGN(const ExchangeNumbers numbers, numbersOf(choices, vocabulary, labels));
    ATHANOR_ASSIGN(const std::vector<TensorPair> pairs,
                   tensorPairs(m_file.value(QLatin1String("weights")).toArray(), numbers, form, true));
    QSet<QString> wanted;
    for (const TensorPair &pair : pairs)
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
    for (const TensorPair &pair : pairs) {
        moves.push_back(inward(pair, names.names()));
        for (const TensorMove::Source &part : moves.back().sources)
            ATHANOR_TRY(checkShape(*source.find(part.name), pair.ours, part.shape));
    }
    return moves;
}

Result<std::vector<TensorMove>> Exchange::writeMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                                     qint64 labels) const
{
    ATHANOR_ASSIGN(const QJsonObject all, m_schema.validate(choices));
    ATHANOR_ASSIGN(const ExchangeNumbers numbers, numbersOf(all, vocabulary, labels));
    ATHANOR_ASSIGN(const std::vector<TensorPair> pairs,
                   tensorPairs(m_file.value(QLatin1String("weights")).toArray(), numbers, form, false));
    std::vector<TensorMove> moves;
    for (const TensorPair &pair : pairs)
        outward(pair, moves);
    return moves;
}

}  // namespace athanor::interop
