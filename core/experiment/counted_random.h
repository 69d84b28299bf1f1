// Random numbers that are a function of (seed, stream) and of how many were taken: the same on every machine. Role: draws of
// forecasts and of sweeps. Source: Steele et al. 2014 (SplitMix64). Thread: one object for each.
#pragma once

#include <QtGlobal>

#include <cmath>

namespace athanor::experiment {

class CountedRandom {
public:
    CountedRandom(quint64 seed, quint64 stream) : m_state(mixed(seed) ^ mixed(~stream)) {}
    quint64 next()
    {
        m_state += 0x9e3779b97f4a7c15ULL;
        return mixed(m_state);
    }
    /// At least 0, below 1.
    double uniform() { return double(next() >> 11) * 0x1p-53; }
    /// Around 0 with deviation 1 (Box and Muller 1958).
    double normal()
    {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * M_PI * uniform());
    }

private:
    static quint64 mixed(quint64 x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
        return x ^ (x >> 31);
    }
    quint64 m_state;
};

}  // namespace athanor::experiment
