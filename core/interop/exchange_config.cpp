// Keys of a config to choices. Thread: pure.
#include "core/interop/exchange.h"

#include "core/interop/exchange_labels.h"
#include "core/interop/exchange_numbers.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QSet>

#include <cmath>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

QString textOf(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toString(); }
bool isNothing(const QJsonValue &value) { return value.isNull() || value.isUndefined(); }

QString shown(const QJsonValue &value)
{
    if (value.isNull())
        return QStringLiteral("null");
    return value.isArray() || value.isObject() ? tr("a list") : plugin::valueText(value).left(120);
}

// What every config of the library holds and no family needs: how it was saved, ids of tokens, settings of training and
// of generating, which travel in files of their own.
bool isCommon(const QString &key)
{
    static const QSet<QString> known = [] {
        QSet<QString> names;
        for (const char *name :
             {"_name_or_path", "architectures", "model_type", "transformers_version", "torch_dtype", "dtype", "use_cache",
              "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "unk_token_id",
              "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "bad_words_ids", "initializer_range",
              "initializer_factor", "attention_dropout", "hidden_dropout", "attention_probs_dropout_prob",
              "hidden_dropout_prob", "classifier_dropout", "dropout_rate", "dropout", "activation_dropout", "init_std",
              "output_attentions", "output_hidden_states", "return_dict", "return_dict_in_generate", "output_scores",
              "gradient_checkpointing", "task_specific_params", "finetuning_task", "id2label", "label2id", "problem_type",
              "num_labels", "num_beams", "max_length", "min_length", "length_penalty", "early_stopping", "auto_map",
              "chunk_size_feed_forward", "tokenizer_class", "prefix", "pruned_heads", "tie_encoder_decoder", "torchscript",
              "is_encoder_decoder", "unsloth_version", "unsloth_fixed", "transformers.js_config", "quantization_config"})
            names.insert(QLatin1String(name));
        return names;
    }();
    return known.contains(key);
}

// A key as it stands, or else as a path through objects.
QJsonValue lookUp(const QJsonObject &config, const QString &key)
{
    if (config.contains(key))
        return config.value(key);
    QJsonValue at = config;
    for (const QString &part : key.split(QLatin1Char('.')))
        at = at.toObject().value(part);
    return at;
}

class ConfigReader {
public:
    ConfigReader(const plugin::ParameterSchema &schema, const QJsonObject &config, const TensorRows &tensors)
        : m_schema(schema), m_config(config), m_tensors(tensors), m_numbers(schema, {})
    {
    }
    Status read(const QJsonObject &entry);
    Status setClass(const QJsonObject &sets);
    QStringList unused() const;
    Status checkNested() const;

    QJsonObject choices;
    double vocabulary = 0;

private:
    tl::unexpected<Error> refused(const QString &key, const QJsonValue &value, const QString &hint) const
    {
        return fail(ErrorCode::Unsupported,
                    tr("“%1” is “%2”, which this family cannot represent here.").arg(key, shown(value)), hint);
    }
    QJsonValue find(const QJsonObject &entry, QString &key);
    Status checkOnly(const QJsonObject &entry, const QString &key, const QJsonValue &value) const;
    Result<QJsonValue> mapped(const QJsonObject &entry, const QString &key, const QJsonValue &value) const;
    Result<QJsonValue> absent(const QJsonObject &entry, const QString &key) const;
    Status take(const QJsonObject &entry, const QString &key, QJsonValue value);
    std::optional<double> fromTensors(const QJsonObject &entry) const;
    Status keep(const QJsonObject &entry, const QString &key, const QJsonValue &value);
    Status choose(const QString &choice, const QJsonValue &value, const QString &key);

    const plugin::ParameterSchema &m_schema;
    const QJsonObject &m_config;
    const TensorRows &m_tensors;
    ExchangeNumbers m_numbers;
    QSet<QString> m_used;
};

QJsonValue ConfigReader::find(const QJsonObject &entry, QString &key)
{
    QStringList names{key};
    for (const QJsonValue &other : entry.value(QLatin1String("or")).toArray())
        names += other.toString();
    QJsonValue found = QJsonValue::Undefined;
    for (const QString &name : names) {
        m_used.insert(name);
        const QJsonValue value = lookUp(m_config, name);
        if (!isNothing(value) && isNothing(found)) {
            found = value;
            key = name;
        }
    }
    return found;
}

Status ConfigReader::checkOnly(const QJsonObject &entry, const QString &key, const QJsonValue &value) const
{
    QStringList names;
    const QJsonArray allowed = entry.value(QLatin1String("only")).toArray();
    for (const QJsonValue &one : allowed)
        names += shown(one);
    const QJsonArray values = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &one : values)
        if (!allowed.contains(one))
            return refused(key, one, tr("It can be: %1.").arg(names.join(QStringLiteral(", "))));
    return {};
}

Result<QJsonValue> ConfigReader::mapped(const QJsonObject &entry, const QString &key, const QJsonValue &value) const
{
    QStringList names;
    for (const QJsonValue &pair : entry.value(QLatin1String("map")).toArray()) {
        if (pair.toArray().at(0) == value)
            return pair.toArray().at(1);
        names += shown(pair.toArray().at(0));
    }
    return refused(key, value, tr("It can be: %1.").arg(names.join(QStringLiteral(", "))));
}

Result<QJsonValue> ConfigReader::absent(const QJsonObject &entry, const QString &key) const
{
    const QJsonValue otherwise = entry.value(QLatin1String("otherwise"));
    if (otherwise.isUndefined())
        return fail(ErrorCode::Corrupt, tr("The config does not say “%1”.").arg(key), tr("Copy or download the model again."));
    if (!otherwise.isString() || entry.contains(QLatin1String("map")))
        return otherwise;
    ATHANOR_ASSIGN(const double value, m_numbers.number(otherwise.toString()));
    return QJsonValue(value);
}

Status ConfigReader::choose(const QString &choice, const QJsonValue &value, const QString &key)
{
    if (choice == QLatin1String("vocabulary")) {
        vocabulary = value.toDouble();
        m_numbers.set(choice, vocabulary);
        return {};
    }
    const plugin::Parameter *parameter = m_schema.find(choice);
    if (!parameter)
        return fail(ErrorCode::Corrupt, tr("The exchange file names the choice “%1”, which the family does not have.").arg(choice));
    QJsonValue typed = value;
    if (parameter->type == plugin::ParameterType::Boolean && value.isDouble())
        typed = value.toDouble() != 0;
    else if (parameter->type == plugin::ParameterType::Integer && std::floor(value.toDouble()) != value.toDouble())
        return refused(key, value, tr("It must be a whole number."));
    choices.insert(choice, typed);
    m_numbers.setChoice(*parameter, typed);
    return {};
}

Status ConfigReader::take(const QJsonObject &entry, const QString &key, QJsonValue value)
{
    if (entry.contains(QLatin1String("map")) == false && !value.isDouble() && !value.isBool())
        return refused(key, value, tr("It must be a number."));
    if (value.isDouble() && !std::isfinite(value.toDouble()))
        return refused(key, value, tr("It must be a number."));
    const QString primary = textOf(entry, "key");
    if (value.isDouble() || value.isBool())
        m_numbers.set(entry.contains(QLatin1String("name")) ? textOf(entry, "name") : primary.section(QLatin1Char('.'), -1),
                      value.isBool() ? (value.toBool() ? 1 : 0) : value.toDouble());
    if (const QString equal = textOf(entry, "equals"); !equal.isEmpty()) {
        ATHANOR_ASSIGN(const double wanted, m_numbers.number(equal));
        if ((value.isBool() ? double(value.toBool()) : value.toDouble()) != wanted)
            return refused(key, value, tr("It would have to be %1.").arg(wanted));
    }
    if (const QString from = textOf(entry, "from"); !from.isEmpty()) {
        ATHANOR_ASSIGN(const double computed, m_numbers.number(from));
        value = computed;
    }
    return keep(entry, key, value);
}

Status ConfigReader::keep(const QJsonObject &entry, const QString &key, const QJsonValue &value)
{
    const QString choice = textOf(entry, "choice");
    return choice.isEmpty() ? Status() : choose(choice, value, key);
}

// What only the tensors say: whether one is there, or how many rows it has.
std::optional<double> ConfigReader::fromTensors(const QJsonObject &entry) const
{
    const auto isThere = [&](const QJsonValue &names) {
        const QJsonArray list = names.isArray() ? names.toArray() : QJsonArray{names};
        return std::any_of(list.begin(), list.end(), [&](const QJsonValue &name) { return m_tensors.contains(name.toString()); });
    };
    if (entry.contains(QLatin1String("present")))
        return isThere(entry.value(QLatin1String("present")));
    if (entry.contains(QLatin1String("missing")))
        return !isThere(entry.value(QLatin1String("missing")));
    if (entry.contains(QLatin1String("rows_of")))
        return double(m_tensors.value(textOf(entry, "rows_of"), 0));
    return std::nullopt;
}

Status ConfigReader::read(const QJsonObject &entry)
{
    ATHANOR_ASSIGN(const bool stands, m_numbers.stands(entry));
    QString key = textOf(entry, "key");
    const QJsonValue found = key.isEmpty() ? QJsonValue(QJsonValue::Undefined) : find(entry, key);
    if (!stands || entry.value(QLatin1String("ignored")).toBool())
        return {};
    if (const std::optional<double> told = fromTensors(entry)) {
        m_numbers.set(textOf(entry, "name"), *told);
        return keep(entry, textOf(entry, "choice"), *told);
    }
    if (key.isEmpty())
        return take(entry, textOf(entry, "choice"), 0);
    if (entry.contains(QLatin1String("only")))
        return isNothing(found) ? Status() : checkOnly(entry, key, found);
    QJsonValue value = found;
    if (isNothing(found)) {
        ATHANOR_ASSIGN(value, absent(entry, key));
    } else if (entry.contains(QLatin1String("map"))) {
        ATHANOR_ASSIGN(value, mapped(entry, key, found));
    }
    return take(entry, key, value);
}

Status ConfigReader::setClass(const QJsonObject &sets)
{
    for (auto it = sets.begin(); it != sets.end(); ++it)
        ATHANOR_TRY(choose(it.key(), it.value(), QStringLiteral("architectures")));
    return {};
}

// What stands inside an object that the family reads changes what the rest of it means, so it is never passed over.
Status ConfigReader::checkNested() const
{
    QSet<QString> objects;
    for (const QString &name : m_used)
        if (name.contains(QLatin1Char('.')))
            objects.insert(name.section(QLatin1Char('.'), 0, 0));
    for (const QString &name : objects) {
        const QJsonObject inner = m_config.value(name).toObject();
        for (auto it = inner.begin(); it != inner.end(); ++it) {
            const QString path = name + QLatin1Char('.') + it.key();
            if (!m_used.contains(path) && !isNothing(it.value()))
                return refused(path, it.value(), tr("Its meaning is not known for this family."));
        }
    }
    return {};
}

QStringList ConfigReader::unused() const
{
    QStringList names;
    for (auto it = m_config.begin(); it != m_config.end(); ++it) {
        const QString prefix = it.key() + QLatin1Char('.');
        const bool isRead = !prefix.isEmpty() && std::any_of(m_used.begin(), m_used.end(), [&](const QString &used) { return used.startsWith(prefix); });
        if (!isRead && !m_used.contains(it.key()) && !isCommon(it.key()) && !isNothing(it.value()) && it.value() != false)
            names += it.key();
    }
    return names;
}

// The class of config.json among those that the family knows.
Result<QJsonObject> classOf(const QJsonArray &classes, const QJsonObject &config)
{
    const QString wanted = config.value(QLatin1String("architectures")).toArray().at(0).toString();
    if (wanted.isEmpty() && !classes.isEmpty())
        return classes.at(0).toObject();
    QStringList names;
    for (const QJsonValue &value : classes) {
        const QString name = textOf(value.toObject(), "name");
        if (name == wanted)
            return value.toObject();
        names += name;
    }
    return fail(ErrorCode::Unsupported, tr("The model is a “%1”, which is not known here.").arg(wanted.left(120)),
                tr("Known of this family: %1.").arg(names.join(QStringLiteral(", "))));
}

}  // namespace

Result<FamilyChoices> Exchange::readConfig(ExchangeForm form, const QJsonObject &config, const TensorRows &tensors) const
{
    const QJsonObject words = part(form);
    ConfigReader reader(m_schema, config, tensors);
    FamilyChoices result;
    result.architecture = m_architecture;
    if (words.contains(QLatin1String("classes"))) {
        ATHANOR_ASSIGN(const QJsonObject found, classOf(words.value(QLatin1String("classes")).toArray(), config));
        result.className = textOf(found, "name");
        ATHANOR_TRY(reader.setClass(found.value(QLatin1String("sets")).toObject()));
        if (found.value(QLatin1String("labels")).toBool()) {
            ATHANOR_ASSIGN(result.labels, labelsOfConfig(config, rowsOfScores(m_file, tensors)));
        }
    }
    for (const QJsonValue &entry : words.value(QLatin1String("config")).toArray())
        ATHANOR_TRY(reader.read(entry.toObject()));
    if (form == ExchangeForm::HuggingFace) {
        ATHANOR_TRY(reader.checkNested());
        const QStringList unused = reader.unused();
        if (!unused.isEmpty())
            result.warnings += tr("Not used from the config: %1.").arg(unused.join(QStringLiteral(", ")));
    }
    ATHANOR_ASSIGN(result.choices, m_schema.validate(reader.choices));
    if (reader.vocabulary < 1 || reader.vocabulary > 2e6)
        return fail(ErrorCode::Corrupt, tr("A vocabulary of %1 tokens cannot be used.").arg(reader.vocabulary));
    result.vocabulary = qint64(reader.vocabulary);
    return result;
}

}  // namespace athanor::interop
