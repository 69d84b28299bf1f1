#include "core/base/identifier.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QRandomGenerator>

#include <array>
#include <mutex>

namespace athanor {

namespace {

constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kNameLimit = 80;

struct LastIdentifier {
    std::mutex mutex;
    qint64 milliseconds = 0;
    std::array<quint8, 16> random{};  // sixteen digits of five bits
};

}  // namespace

QString newIdentifier()
{
    static LastIdentifier last;
    const std::lock_guard guard(last.mutex);
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (now > last.milliseconds) {
        last.milliseconds = now;
        for (quint8 &digit : last.random)
            digit = static_cast<quint8>(QRandomGenerator::system()->bounded(32));
        last.random[0] &= 15;  // head room, so that counting up below never overflows
    } else {
        for (auto digit = last.random.rbegin(); digit != last.random.rend() && ++*digit == 32; ++digit)
            *digit = 0;
    }
    QString text(26, QLatin1Char('0'));
    qint64 time = last.milliseconds;
    for (int i = 9; i >= 0; --i, time >>= 5)
        text[i] = QLatin1Char(kAlphabet[time & 31]);
    for (int i = 0; i < 16; ++i)
        text[10 + i] = QLatin1Char(kAlphabet[last.random[static_cast<size_t>(i)]]);
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
