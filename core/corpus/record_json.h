// JSON of records with keys in their order. Private to the room. Limits: kDeepestRecord levels, checked before anything is
// built. Thread: pure functions.
#pragma once

#include <QByteArray>
#include <QString>

#include <nlohmann/json.hpp>

namespace athanor::corpus {

using RecordJson = nlohmann::ordered_json;

inline constexpr int kDeepestRecord = 64;

/// Levels of lists and objects in each other, outside of strings.
inline int jsonDepth(QByteArrayView json)
{
    int depth = 0, deepest = 0;
    bool inString = false;
    for (qsizetype i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return deepest;
}

/// A discarded value where the text is not JSON or too deep.
inline RecordJson parseRecordJson(QByteArrayView json)
{
    if (jsonDepth(json) > kDeepestRecord)
        return RecordJson(RecordJson::value_t::discarded);
    return RecordJson::parse(json.begin(), json.end(), nullptr, false);
}

inline QByteArrayView bytesOf(const RecordJson &text)
{
    const auto &value = text.get_ref<const RecordJson::string_t &>();
    return {value.data(), static_cast<qsizetype>(value.size())};
}

inline QString nameOf(const std::string &key)
{
    return QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()));
}

/// The entry, or null when the object has none.
inline const RecordJson *entryOf(const RecordJson &object, const QString &name)
{
    const auto found = object.find(name.toStdString());
    return found == object.end() ? nullptr : &*found;
}

}  // namespace athanor::corpus
