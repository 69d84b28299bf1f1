#include "core/corpus/record_sink.h"

#include "core/base/hash.h"
#include "core/text/language.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

constexpr size_t kMostProblemsPerFile = 1000;
constexpr size_t kMostProblemsPerFileOfRecords = 100000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

}  // namespace

QByteArray hashPrefix(const SourceSpec &source)
{
    return source.id.toUtf8() + '\n';
}

RecordSink::RecordSink(const Curation &curation, const Item &item)
    : m_curation(curation), m_item(item), m_mostProblems(curation.isOfRecords() ? kMostProblemsPerFileOfRecords : kMostProblemsPerFile),
      m_intake(curation.recipe.value(QLatin1String("records")).toObject(),
               [this](ReadDocument &&document, CanonicalResult &&record) { return takeRecord(std::move(document), std::move(record)); })
{
}

Status RecordSink::document(ReadDocument &&document)
{
    ATHANOR_TRY(m_curation.checkStop());
    return m_curation.isOfRecords() ? m_intake.add(std::move(document)) : takeText(std::move(document));
}

void RecordSink::problemAt(const QString &place, const Error &error)
{
    if (++m_problems > m_mostProblems)
        return;
    Record record = begin(place);
    record.status = DocumentStatus::Unreadable;
    const QString reason = problemReason(error);
    record.reason = QStringLiteral("unreadable.") + reason;
    record.reasonTitle = problemTitle(reason);
    record.detail = error.hint.isEmpty() ? error.message : error.message + QLatin1Char(' ') + error.hint;
    record.id = sha256(hashPrefix(source()) + "unreadable\n" + record.path.toUtf8());
    if (!place.isEmpty())
        record.bytes = 0;
    m_records.push_back(std::move(record));
}

std::vector<Record> RecordSink::finish(const QString &fileHash)
{
    for (Record &record : m_records)
        if (record.id.isEmpty())
            record.id = fileHash;
    if (m_problems > m_mostProblems) {
        m_problems = 0;
        problemAt(tr("more"), problem(QStringLiteral("line"), tr("More than %1 places of this file are broken; the rest is not listed.").arg(m_mostProblems)));
    }
    return std::move(m_records);
}

Status RecordSink::takeText(ReadDocument &&document)
{
    if (document.text.size() > kLargestText) {
        problemAt(document.place, problem(QStringLiteral("too_large"), tr("Its text is too large for one document."), tr("Split it.")));
        return {};
    }
    Record record = begun(document);
    record.textSha256 = sha256(document.text);
    record.language = text::guessLanguage(document.text).language;
    record.facts = std::move(document.facts);
    ATHANOR_ASSIGN(record.extracted, m_curation.spool->append(document.text));
    record.current = record.extracted;
    m_records.push_back(std::move(record));
    return {};
}

// The record as it stood in the file is what was extracted; its canonical form is what is kept.
Status RecordSink::takeRecord(ReadDocument &&document, CanonicalResult &&made)
{
    if (document.text.size() > kLargestText || (made && made->json.size() > kLargestText)) {
        problemAt(document.place, problem(QStringLiteral("too_large"), tr("The record is too large.")));
        return {};
    }
    Record record = begun(document);
    ATHANOR_ASSIGN(record.extracted, m_curation.spool->append(document.text));
    record.current = record.extracted;
    if (made) {
        record.textSha256 = sha256(made->json);
        record.language = text::guessLanguage(made->prose).language;
        record.label = made->label;
        ATHANOR_ASSIGN(record.current, m_curation.spool->append(made->json));
    } else {
        record.textSha256 = sha256(document.text);
        record.language = QStringLiteral("und");
        record.status = DocumentStatus::Removed;
        record.reason = QStringLiteral("records.") + made.error().id;
        record.reasonTitle = made.error().title;
        record.detail = made.error().detail;
    }
    m_records.push_back(std::move(record));
    return {};
}

Record RecordSink::begun(const ReadDocument &document) const
{
    Record record = begin(document.place);
    if (!document.place.isEmpty()) {
        record.bytes = document.raw.size();
        record.id = sha256(hashPrefix(source()) + document.raw);
    }
    return record;
}

Record RecordSink::begin(const QString &place) const
{
    Record record;
    record.path = place.isEmpty() ? m_item.file.path : m_item.file.path + QStringLiteral(", ") + place;
    record.source = m_item.source;
    record.bytes = m_item.file.bytes;
    return record;
}

}  // namespace athanor::corpus
