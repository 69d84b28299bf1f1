#include "core/insight/inside_file.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <unistd.h>

namespace athanor::insight {

namespace {

constexpr qint64 kLongestLine = qint64(16) << 20;

QString cannotWrite() { return QCoreApplication::translate("athanor::insight", "Cannot write"); }

QByteArray lineOf(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n'; }

QStringList textsOf(const QJsonValue &value)
{
    QStringList texts;
    for (const QJsonValue &text : value.toArray())
        texts += text.toString();
    return texts;
}

}  // namespace

Result<InsideWriter> InsideWriter::open(const QString &path, const InsideHead &head)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return fail(systemError(errno, cannotWrite(), path));
    InsideWriter writer(descriptor, path);
    // A line that a kill tore ends here, so that the next one is whole.
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n')
        ATHANOR_TRY(writer.write("\n"));
    ATHANOR_TRY(writer.write(lineOf({{QStringLiteral("format"), kInsideFormat},
                                     {QStringLiteral("layers"), QJsonArray::fromStringList(head.layers)},
                                     {QStringLiteral("tokens"), QJsonArray::fromStringList(head.tokens)}})));
    return writer;
}

InsideWriter::InsideWriter(InsideWriter &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)), m_path(std::move(other.m_path))
{
}

InsideWriter::~InsideWriter()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Status InsideWriter::write(const QByteArray &line)
{
    const ssize_t count = ::write(m_descriptor, line.constData(), size_t(line.size()));
    if (count == line.size())
        return {};
    return fail(systemError(count < 0 ? errno : ENOSPC, cannotWrite(), m_path));
}

Status InsideWriter::add(const TokenLosses &losses)
{
    QJsonArray numbers;
    for (const double loss : losses.losses)
        numbers += std::isfinite(loss) ? QJsonValue(std::round(1000 * loss) / 1000) : QJsonValue();
    return write(lineOf({{QStringLiteral("step"), losses.step}, {QStringLiteral("losses"), numbers}}));
}

int InsideReader::poll()
{
    QFile file(m_path);
    if (!file.open(QIODevice::ReadOnly) || !file.seek(m_offset))
        return 0;
    int taken = 0;
    for (;;) {
        const QByteArray line = file.readLine(kLongestLine);
        if (line.isEmpty() || (!line.endsWith('\n') && line.size() < kLongestLine - 1))
            return taken;
        m_offset = file.pos();
        taken += take(line) ? 1 : 0;
    }
}

bool InsideReader::take(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object.contains(QLatin1String("tokens"))) {
        if (object.value(QLatin1String("format")).toInt() <= kInsideFormat)
            m_head = {textsOf(object.value(QLatin1String("layers"))), textsOf(object.value(QLatin1String("tokens")))};
        return false;
    }
    const QJsonArray losses = object.value(QLatin1String("losses")).toArray();
    if (losses.isEmpty() || losses.size() != m_head.tokens.size())
        return false;
    TokenLosses look{object.value(QLatin1String("step")).toInteger(), {}};
    for (const QJsonValue &loss : losses)
        look.losses.push_back(loss.isDouble() ? loss.toDouble() : std::numeric_limits<double>::quiet_NaN());
    while (!m_looks.empty() && m_looks.back().step >= look.step)
        m_looks.pop_back();
    m_looks.push_back(std::move(look));
    return true;
}

}  // namespace athanor::insight
