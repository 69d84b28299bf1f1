// Glue: see nucleus.h.
#include "plugins/sampler/nucleus/nucleus.h"

#include <QObject>

class NucleusSamplerPlugin final : public QObject, public athanor::generate::Sampler {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Sampler/1" FILE "plugin.json")
    Q_INTERFACES(athanor::generate::Sampler)

public:
    int64_t choose(std::span<const float> probabilities, const athanor::generate::SamplingSettings &settings,
                   double uniform) const override
    {
        return athanor::generate::chooseNucleus(probabilities, settings, uniform);
    }
};

#include "nucleus_plugin.moc"
