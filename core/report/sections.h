// The parts of the report, one function each; an empty text when there is nothing to say. Private to the room.
#pragma once

#include "core/report/report.h"

#include <optional>

namespace athanor::report {

QString headingPart(const ReportInput &input);     // title, one sentence, the figures that matter
QString comparisonPart(const ReportInput &input);  // bits per byte beside gzip, xz and the start
QString curvesPart(const ReportInput &input);
QString advicePart(const ReportInput &input);      // what stands out
QString samplesPart(const ReportInput &input);
QString documentsPart(const ReportInput &input);
QString tokenizerPart(const ReportInput &input);
QString modelPart(const ReportInput &input);
QString forecastPart(const ReportInput &input);
QString machinePart(const ReportInput &input);
QString commandsPart(const ReportInput &input);

/// A number of a result object; empty when absent or not finite.
std::optional<double> numberAt(const QJsonObject &object, const QString &key);

}  // namespace athanor::report
