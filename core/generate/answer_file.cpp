// See answer_file.h.
#include "core/generate/answer_file.h"

#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <unistd.h>

namespace athanor::generate {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

tl::unexpected<Error> cannot(const QFile &file)
{
    return fail(ErrorCode::DiskFull, tr("“%1” cannot be written: %2.").arg(file.fileName(), file.errorString()),
                tr("Make room on the disk and resume the job: what was written is kept."));
}

}  // namespace

Result<AnswerFile> AnswerFile::open(const QString &folder)
{
    AnswerFile answers(folder + QStringLiteral("/answers.part.jsonl"));
    QFile file(answers.m_path);
    if (!file.open(QIODevice::ReadWrite))
        return cannot(file);
    while (!file.atEnd()) {
        const QByteArray text = file.readLine();
        const QJsonObject answer = QJsonDocument::fromJson(text).object();
        const qint64 line = answer.value(QLatin1String("line")).toInteger();
        if (!text.endsWith('\n') || line < 1)
            break;
        answers.m_places.insert(line, {answers.m_end, text.size()});
        answers.count(answer);
        answers.m_end += text.size();
    }
    if (!file.resize(answers.m_end))
        return cannot(file);
    return answers;
}

void AnswerFile::count(const QJsonObject &answer)
{
    m_failed += answer.contains(QLatin1String("error")) ? 1 : 0;
    m_tokens += answer.value(QLatin1String("tokens")).toInteger();
    m_promptTokens += answer.value(QLatin1String("promptTokens")).toInteger();
}

Status AnswerFile::append(const QList<QJsonObject> &answers)
{
    QFile file(m_path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(m_end))
        return cannot(file);
    QMap<qint64, Place> places;
    qint64 end = m_end;
    for (const QJsonObject &answer : answers) {
        const QByteArray text = QJsonDocument(answer).toJson(QJsonDocument::Compact) + '\n';
        if (file.write(text) != text.size())
            return cannot(file);
        places.insert(answer.value(QLatin1String("line")).toInteger(), {end, text.size()});
        end += text.size();
    }
    if (!file.flush() || ::fsync(file.handle()) != 0)
        return cannot(file);
    m_places.insert(places);
    for (const QJsonObject &answer : answers)
        count(answer);
    m_end = end;
    return {};
}

Status AnswerFile::writeSorted(const QString &to) const
{
    QFile file(m_path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be read: %2.").arg(m_path, file.errorString()));
    ATHANOR_ASSIGN(AtomicFile out, AtomicFile::create(to));
    for (const Place &place : m_places) {
        file.seek(place.begin);
        ATHANOR_TRY(out.write(file.read(place.length)));
    }
    return out.commit();
}

}  // namespace athanor::generate
