/**
 * OpenTelemetry by its standard variables: the SDK is loaded only when an OTLP endpoint is named; without one every span
 * in the code is the API's empty one and costs next to nothing.
 */
import { context, propagation, trace } from '@opentelemetry/api'
import { isTraced } from '../config/environment.ts'

export interface Tracing {
  enabled: boolean
  /** Sends what is left. */
  stop(): Promise<void>
}

type Environment = Record<string, string | undefined>

/** The exporter reads OTEL_EXPORTER_OTLP_* itself; OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and OTEL_TRACES_SAMPLER count too. */
export async function startTracing(environment: Environment): Promise<Tracing> {
  if (!isTraced(environment)) return { enabled: false, stop: async () => undefined }
  const [sdk, exporters, contexts, core, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
  ])
  const provider = new sdk.TracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': environment.OTEL_SERVICE_NAME || 'fal-jobs' })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: samplerOf(sdk, environment),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporters.OTLPTraceExporter() })],
  })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new contexts.AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator())
  return { enabled: true, stop: () => provider.shutdown() }
}

/** All traces unless OTEL_TRACES_SAMPLER says less; a caller's own decision is followed by the `parentbased_` ones. */
function samplerOf(sdk: typeof import('@opentelemetry/sdk-trace'), environment: Environment) {
  const name = environment.OTEL_TRACES_SAMPLER || 'parentbased_always_on'
  const ratio = Number(environment.OTEL_TRACES_SAMPLER_ARG || 1)
  const root = name.endsWith('always_off')
    ? new sdk.AlwaysOffSampler()
    : name.endsWith('traceidratio')
      ? new sdk.TraceIdRatioBasedSampler(ratio)
      : new sdk.AlwaysOnSampler()
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root
}
