#include "plugins/reader/pdf/pdf.h"

#include "core/text/segment.h"
#include "core/text/utf8.h"

#include <QCoreApplication>
#include <QFile>

#include <poppler-document.h>
#include <poppler-page.h>

namespace athanor::corpus {

namespace {

constexpr qint64 kTailBytes = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Ends {
    bool hasHead = false;
    bool hasTail = false;
};

/// A whole PDF begins with %PDF- (near the beginning) and ends with %%EOF (near the end).
Ends endsOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const bool hasHead = file.read(1024).contains("%PDF-");
    file.seek(std::max<qint64>(0, file.size() - kTailBytes));
    return {hasHead, file.readAll().contains("%%EOF")};
}

Error encrypted()
{
    return problem(QStringLiteral("encrypted"), tr("The PDF is protected by a password."), tr("Save it without a password, then try again."));
}

Result<std::unique_ptr<poppler::document>> openPdf(const QString &path)
{
    const Ends ends = endsOf(path);
    if (!ends.hasHead)
        return fail(problem(QStringLiteral("format"), tr("It is not a PDF file, although its name says so.")));
    std::unique_ptr<poppler::document> pdf(poppler::document::load_from_file(path.toStdString()));
    if (pdf && pdf->is_locked())
        return fail(encrypted());
    if (!ends.hasTail)
        return fail(problem(QStringLiteral("truncated"), tr("The PDF is cut off: its end is missing."), tr("Copy or download it again.")));
    if (!pdf || pdf->pages() < 1)
        return fail(problem(QStringLiteral("broken"), tr("The PDF is damaged and cannot be opened."), tr("Save it again from the program that made it.")));
    return pdf;
}

QByteArray textOf(poppler::document &pdf, int number)
{
    const std::unique_ptr<poppler::page> page(pdf.create_page(number));
    if (!page)
        return {};
    const poppler::byte_array bytes = page->text(poppler::rectf(), poppler::page::raw_order_layout).to_utf8();
    return text::trimmed(text::repairUtf8(QByteArrayView(bytes.data(), qsizetype(bytes.size())))).toByteArray();
}

bool isSmallLetter(char c)
{
    return (c >= 'a' && c <= 'z') || static_cast<signed char>(c) < 0;
}

}  // namespace

QByteArray joinHyphens(const QByteArray &text)
{
    QByteArray out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool divides = text[i] == '-' && i > 0 && i + 2 < text.size() && text[i + 1] == '\n' && isSmallLetter(text[i - 1]) && isSmallLetter(text[i + 2]);
        if (divides)
            ++i;
        else
            out += text[i];
    }
    return out;
}

Status PdfReader::read(const ReadRequest &request, ReadSink &sink) const
{
    ATHANOR_ASSIGN(const std::unique_ptr<poppler::document> pdf, openPdf(request.file));
    ReadDocument document;
    for (int i = 0; i < pdf->pages(); ++i) {
        const QByteArray page = textOf(*pdf, i);
        if (page.isEmpty())
            continue;
        document.text += page + "\n\n";
        if (document.text.size() > kLargestText)
            return fail(problem(QStringLiteral("too_large"), tr("Its text is too large for one document."), tr("Split the PDF.")));
    }
    if (document.text.isEmpty())
        return fail(problem(QStringLiteral("scanned"), tr("Its %1 pages are pictures without text.").arg(pdf->pages()),
                            tr("Run text recognition (OCR) over it, then try again.")));
    if (request.settings.value(QLatin1String("join_hyphens")).toBool(true))
        document.text = joinHyphens(document.text);
    document.facts[QStringLiteral("pages")] = pdf->pages();
    return sink.document(std::move(document));
}

}  // namespace athanor::corpus
