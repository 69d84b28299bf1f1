// See sweep_rungs.h.
#include "core/train/sweep_rungs.h"

#include "core/base/atomic_file.h"
#include "core/experiment/halving.h"

#include <QDir>
#include <QFileInfo>

namespace athanor::train {
namespace {

QString rungName(double share) { return QString::number(share); }

QString fileIn(const QString &folder) { return folder + QStringLiteral("/rungs.json"); }

}  // namespace

SweepRungs::SweepRungs(const job::Context &context) : m_jobs(context.projectPath() + QStringLiteral("/jobs")), m_own(context.jobPath())
{
    const QJsonObject sweep = context.spec().parameters.value(QLatin1String("sweep")).toObject();
    m_sweep = sweep.value(QLatin1String("id")).toString();
    m_stops = sweep.value(QLatin1String("stops")).toBool(true);
}

std::vector<double> SweepRungs::othersAt(const QString &rung) const
{
    std::vector<double> losses;
    for (const QString &id : QDir(m_jobs).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        const QString folder = m_jobs + QLatin1Char('/') + id;
        if (QFileInfo(folder) == QFileInfo(m_own) || !QFileInfo::exists(fileIn(folder)))
            continue;
        const auto noted = readJsonFile(fileIn(folder));
        if (noted && noted->value(QLatin1String("sweep")).toString() == m_sweep && noted->value(QLatin1String("rungs")).toObject().contains(rung))
            losses.push_back(noted->value(QLatin1String("rungs")).toObject().value(rung).toDouble());
    }
    return losses;
}

/// What cannot be written is missed by the others; the run itself goes on.
void SweepRungs::note(const QString &rung, double loss, bool isHopeless) const
{
    QJsonObject noted = readJsonFile(fileIn(m_own)).value_or(QJsonObject());
    QJsonObject rungs = noted.value(QLatin1String("rungs")).toObject();
    rungs.insert(rung, loss);
    noted = {{QStringLiteral("format"), 1}, {QStringLiteral("sweep"), m_sweep}, {QStringLiteral("rungs"), rungs}};
    if (isHopeless)
        noted.insert(QStringLiteral("hopelessAt"), rung);
    static_cast<void>(writeJsonFile(fileIn(m_own), noted));
}

bool SweepRungs::isHopeless(qint64 step, qint64 steps, double loss)
{
    if (m_sweep.isEmpty())
        return false;
    const QJsonObject noted = readJsonFile(fileIn(m_own)).value_or(QJsonObject());
    for (const double share : experiment::kRungs) {
        const QString rung = rungName(share);
        if (double(step) < share * double(steps))
            continue;
        if (noted.value(QLatin1String("rungs")).toObject().contains(rung)) {  // before a kill
            if (noted.value(QLatin1String("hopelessAt")).toString() == rung)
                return true;
            continue;
        }
        const bool isHopeless = m_stops && step < steps && experiment::isHopeless(loss, othersAt(rung));
        note(rung, loss, isHopeless);
        if (isHopeless)
            return true;
    }
    return false;
}

}  // namespace athanor::train
