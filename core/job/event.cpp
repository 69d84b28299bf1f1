#include "core/job/event.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <array>
#include <utility>

namespace athanor::job {

namespace {

constexpr std::array<std::pair<EventType, const char *>, 7> kTypes{{
    {EventType::State, "state"},
    {EventType::Progress, "progress"},
    {EventType::Metric, "metric"},
    {EventType::Log, "log"},
    {EventType::Sample, "sample"},
    {EventType::Artifact, "artifact"},
    {EventType::Control, "control"},
}};

constexpr std::array<std::pair<State, const char *>, 10> kStates{{
    {State::Queued, "queued"},
    {State::Starting, "starting"},
    {State::Running, "running"},
    {State::Pausing, "pausing"},
    {State::Paused, "paused"},
    {State::Cancelling, "cancelling"},
    {State::Cancelled, "cancelled"},
    {State::Finished, "finished"},
    {State::Failed, "failed"},
    {State::Lost, "lost"},
}};

template <typename Table, typename Value> QString nameIn(const Table &table, Value value)
{
    for (const auto &[entry, name] : table)
        if (entry == value)
            return QString::fromLatin1(name);
    return {};
}

std::optional<EventType> typeFromName(const QString &name)
{
    for (const auto &[type, text] : kTypes)
        if (name == QLatin1String(text))
            return type;
    return std::nullopt;
}

tl::unexpected<Error> broken(QByteArrayView line, const QString &why)
{
    return fail(ErrorCode::Corrupt, QCoreApplication::translate("athanor", "This is not an event: %1").arg(why), {},
                QString::fromUtf8(line.first(std::min<qsizetype>(line.size(), 200))));
}

}  // namespace

QString stateName(State state)
{
    return nameIn(kStates, state);
}

std::optional<State> stateFromName(const QString &name)
{
    for (const auto &[state, text] : kStates)
        if (name == QLatin1String(text))
            return state;
    return std::nullopt;
}

bool isFinal(State state)
{
    return state == State::Cancelled || state == State::Finished || state == State::Failed;
}

QString eventTypeName(EventType type)
{
    return nameIn(kTypes, type);
}

// "type" stands first, so that readers pass over metric events without parsing them.
QByteArray toLine(const Event &event)
{
    QByteArray line = "{\"type\":\"" + eventTypeName(event.type).toLatin1() + "\",\"format\":"
                      + QByteArray::number(kEventFormat) + ",\"sequence\":" + QByteArray::number(event.sequence)
                      + ",\"attempt\":" + QByteArray::number(event.attempt);
    if (event.step >= 0)
        line += ",\"step\":" + QByteArray::number(event.step);
    line += ",\"utc\":\"" + event.utc.toUTC().toString(Qt::ISODateWithMs).toLatin1()
            + "\",\"monotonicMs\":" + QByteArray::number(event.monotonicMs)
            + ",\"data\":" + QJsonDocument(event.data).toJson(QJsonDocument::Compact) + "}\n";
    return line;
}

Result<Event> eventFromLine(QByteArrayView line)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(line.toByteArray(), &error);
    if (!document.isObject())
        return broken(line, error.errorString());
    const QJsonObject object = document.object();
    if (object.value(QLatin1String("format")).toInt(kEventFormat) > kEventFormat)
        return fail(ErrorCode::NewerVersion,
                    QCoreApplication::translate("athanor", "The event was written by a newer Athanor."));
    const auto type = typeFromName(object.value(QLatin1String("type")).toString());
    Event event;
    event.sequence = object.value(QLatin1String("sequence")).toInteger();
    event.utc = QDateTime::fromString(object.value(QLatin1String("utc")).toString(), Qt::ISODateWithMs).toUTC();
    if (!type || event.sequence < 1 || !object.value(QLatin1String("data")).isObject())
        return broken(line, QCoreApplication::translate("athanor", "type, sequence or data is missing."));
    event.type = *type;
    event.attempt = object.value(QLatin1String("attempt")).toInt(1);
    event.step = object.value(QLatin1String("step")).toInteger(-1);
    event.monotonicMs = object.value(QLatin1String("monotonicMs")).toInteger();
    event.data = object.value(QLatin1String("data")).toObject();
    return event;
}

}  // namespace athanor::job
