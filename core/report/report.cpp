#include "core/report/report.h"

#include "core/base/atomic_file.h"
#include "core/report/html.h"
#include "core/report/sections.h"
#include "core/report/style.h"

namespace athanor::report {

QByteArray runReportHtml(const ReportInput &input)
{
    QString out = QStringLiteral("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                                 "<meta name=\"generator\" content=\"Athanor " ATHANOR_VERSION "\">\n<title>");
    out += escaped(input.title) + QStringLiteral("</title>\n<style>\n") + QString::fromUtf8(styleSheet())
        + QStringLiteral("</style>\n</head>\n<body>\n<main>\n");
    for (const auto part : {headingPart, comparisonPart, advicePart, curvesPart, samplesPart, documentsPart, tokenizerPart,
                            modelPart, forecastPart, machinePart, commandsPart})
        out += part(input);
    return (out + QStringLiteral("</main>\n</body>\n</html>\n")).toUtf8();
}

Result<void> writeRunReport(const ReportInput &input, const QString &path)
{
    return writeFileAtomically(path, runReportHtml(input));
}

}  // namespace athanor::report
