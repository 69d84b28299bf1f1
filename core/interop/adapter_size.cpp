// See adapter_size.h.
#include "core/interop/adapter_size.h"

#include "core/interop/exchange.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/parameter_groups.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QMap>
#include <QSet>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

/// How our weights of an architecture move to Hugging Face's; nothing where the family has no such form.
Result<std::vector<TensorMove>> movesOf(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    const QJsonObject choices = architecture.value(QLatin1String("choices")).toObject();
    const auto exchange = Exchange::of(plugins, architecture.value(QLatin1String("architecture")).toString());
    if (choices.isEmpty() || !exchange || !exchange->knows(ExchangeForm::HuggingFace))
        return std::vector<TensorMove>();
    const qint64 vocabulary = model::dimension(architecture, "vocabulary");
    return exchange->writeMoves(ExchangeForm::HuggingFace, choices, vocabulary, model::labelsOf(architecture).size());
}

QStringList words(const QJsonValue &value)
{
    QStringList texts;
    for (const QJsonValue &entry : value.toArray())
        texts += entry.toString().trimmed();
    for (const QString &part : value.toString().split(QLatin1Char(',')))
        texts += part.trimmed();
    texts.removeAll(QString());
    return texts;
}

struct Matrix {
    QString path, name, ours;
    qint64 outputs = 0, inputs = 0;
};

// The matrices that can have an adapter: neither tables nor heads.
std::vector<Matrix> matricesOf(const std::vector<TensorMove> &moves)
{
    std::vector<Matrix> matrices;
    for (const TensorMove &move : moves) {
        const QString ours = move.sources.size() == 1 ? move.sources[0].name : QString();
        const bool isInside = ours.count(QLatin1Char('.')) >= 2;  // "blocks.0.attention.qkv_weight", not "tok.weight"
        if (move.shape.size() != 2 || !isInside)
            continue;
        QString path = move.name;
        if (path.endsWith(QLatin1String(".weight")))
            path.chop(7);
        const bool turned = move.transposed;
        matrices.push_back({path, path.section(QLatin1Char('.'), -1), ours, move.shape[turned ? 1 : 0], move.shape[turned ? 0 : 1]});
    }
    return matrices;
}

Result<qint64> adapterSize(const std::vector<Matrix> &matrices, const QJsonObject &adapter)
{
    const qint64 rank = adapter.value(QLatin1String("rank")).toInteger(8);
    const bool hasLengths = adapter.value(QLatin1String("dora")).toBool();
    QStringList targets = words(adapter.value(QLatin1String("targets")));
    if (targets.isEmpty())
        targets = {QStringLiteral("all")};
    QStringList names;
    QSet<QString> missed(targets.begin(), targets.end());
    qint64 count = 0;
    for (const Matrix &matrix : matrices) {
        if (!names.contains(matrix.name))
            names += matrix.name;
        bool chosen = false;
        for (const QString &target : targets) {
            const bool means = target == QLatin1String("all") || model::fitsPattern(matrix.name, target) || model::fitsPattern(matrix.path, target)
                               || model::fitsPattern(matrix.path, QLatin1String("*.") + target) || model::fitsPattern(matrix.ours, target + QLatin1String("_weight"));
            if (means)
                missed.remove(target);
            chosen = chosen || means;
        }
        if (chosen)
            count += rank * (matrix.outputs + matrix.inputs) + (hasLengths ? matrix.outputs : 0);
    }
    if (!missed.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("No matrix of the model is called “%1”.").arg(*missed.begin()),
                    tr("There are: %1; or write “all”.").arg(names.join(QStringLiteral(", "))));
    return count;
}

Result<qint64> chosenSize(const QMap<QString, qint64> &sizes, const QStringList &patterns)
{
    qint64 count = 0;
    QSet<QString> missed(patterns.begin(), patterns.end());
    for (auto it = sizes.begin(); it != sizes.end(); ++it) {
        bool chosen = false;
        for (const QString &pattern : patterns) {
            const bool means = model::fitsName(it.key(), pattern);
            if (means)
                missed.remove(pattern);
            chosen = chosen || means;
        }
        count += chosen ? it.value() : 0;
    }
    if (!missed.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("No weights of the model fit “%1”.").arg(*missed.begin()),
                    tr("Its weights are called as: %1 …").arg(sizes.keys().mid(0, 8).join(QStringLiteral(", "))));
    return count;
}

}  // namespace

Result<LearnedSize> learnedSize(const plugin::Catalogue &plugins, const QJsonObject &architecture,
                                const QJsonObject &adapter, const QString &learns)
{
    const QStringList patterns = words(learns);
    const bool isAll = adapter.isEmpty() && (patterns.isEmpty() || patterns == QStringList(QStringLiteral("all")));
    if (isAll)
        return LearnedSize{-1, 0};
    ATHANOR_ASSIGN(const std::vector<TensorMove> moves, movesOf(plugins, architecture));
    if (moves.empty())
        return LearnedSize{-1, 0};
    LearnedSize size;
    if (!adapter.isEmpty()) {
        ATHANOR_ASSIGN(size.adapter, adapterSize(matricesOf(moves), adapter));
        return size;
    }
    if (patterns == QStringList(QStringLiteral("head")))  // small beside the rest, whatever it is
        return size;
    QMap<QString, qint64> sizes;
    for (const TensorMove &move : moves)
        for (const TensorMove::Source &source : move.sources)
            sizes.insert(source.name, elementCount(source.shape).value_or(0));
    ATHANOR_ASSIGN(size.own, chosenSize(sizes, patterns));
    return size;
}

Result<QStringList> weightNames(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    ATHANOR_ASSIGN(const std::vector<TensorMove> moves, movesOf(plugins, architecture));
    QStringList names;
    for (const TensorMove &move : moves)
        for (const TensorMove::Source &source : move.sources)
            if (!names.contains(source.name))
                names += source.name;
    return names;
}

}  // namespace athanor::interop
