#include "core/base/identifier.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QRandomGenerator>

#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <tuple>

namespace athanor {

namespace {

constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kNameLimit = 80;

constexpr int kTimeDigits = 10, kRandomDigits = 16;
constexpr quint8 kHeadRoom = 15;  // the first random digit is no larger, so that counting up never overflows

struct Identifier {
    qint64 milliseconds = 0;
    std::array<quint8, kRandomDigits> random{};  // digits of five bits

    bool operator<(const Identifier &other) const { return std::tie(milliseconds, random) < std::tie(other.milliseconds, other.random); }
};

std::optional<Identifier> parsed(const QString &text)
{
    if (text.size() != kTimeDigits + kRandomDigits)
        return std::nullopt;
    Identifier identifier;
    for (int i = 0; i < text.size(); ++i) {
        const char *digit = std::strchr(kAlphabet, text[i].toLatin1());
        if (!digit || !*digit)
            return std::nullopt;
        const auto value = static_cast<quint8>(digit - kAlphabet);
        if (i < kTimeDigits)
            identifier.milliseconds = identifier.milliseconds << 5 | value;
        else
            identifier.random[static_cast<size_t>(i - kTimeDigits)] = value;
    }
    const bool isOurs = identifier.milliseconds < qint64(1) << 48 && identifier.random[0] <= kHeadRoom;
    return isOurs ? std::optional(identifier) : std::nullopt;
}

}  // namespace

QString newIdentifier(const QString &after)
{
    static std::mutex mutex;
    static Identifier last;
    const std::lock_guard guard(mutex);
    if (const auto other = parsed(after); other && last < *other)
        last = *other;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (now > last.milliseconds) {
        last.milliseconds = now;
        for (quint8 &digit : last.random)
            digit = static_cast<quint8>(QRandomGenerator::system()->bounded(32));
        last.random[0] &= kHeadRoom;
    } else {
        for (auto digit = last.random.rbegin(); digit != last.random.rend() && ++*digit == 32; ++digit)
            *digit = 0;
    }
    QString text(kTimeDigits + kRandomDigits, QLatin1Char('0'));
    qint64 time = last.milliseconds;
    for (int i = kTimeDigits - 1; i >= 0; --i, time >>= 5)
        text[i] = QLatin1Char(kAlphabet[time & 31]);
    for (int i = 0; i < kRandomDigits; ++i)
        text[kTimeDigits + i] = QLatin1Char(kAlphabet[last.random[static_cast<size_t>(i)]]);
    return text;
}

Status checkName(const QString &name)
{
    const QString hint = QCoreApplication::translate(
        "athanor", "Use 1 to 80 characters without “/”, line breaks or control characters.");
    if (name.trimmed().isEmpty() || name.size() > kNameLimit)
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "A name of %1 characters cannot be used.").arg(name.size()),
                    hint);
    const bool bad = std::any_of(name.begin(), name.end(), [](QChar c) {
        return c == QLatin1Char('/') || c.category() == QChar::Other_Control || c.isNull();
    });
    if (bad || name == QLatin1String(".") || name == QLatin1String(".."))
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "The name “%1” cannot be used.").arg(name), hint);
    return {};
}

}  // namespace athanor
