import { AV_HWDEVICE_TYPE_CUDA } from 'node-av/constants';
import { HardwareDeviceContext } from 'node-av/lib';
import type { DeviceKind } from '../encoder-plan.ts';
import { check } from './av-error.ts';

/** The device a worker's codecs run on; opened once for the worker's life. */
export interface Device {
  readonly kind: DeviceKind;
  /** CUDA device of a GPU worker. The worker sees one GPU only (CUDA_VISIBLE_DEVICES), so it is number 0. */
  readonly context: HardwareDeviceContext | undefined;
}

/** Opens the worker's device. Throws FFmpeg's error when the GPU can't be used. */
export function openDevice(kind: DeviceKind): Device {
  if (kind === 'cpu') return { kind, context: undefined };
  const context = new HardwareDeviceContext();
  check(context.create(AV_HWDEVICE_TYPE_CUDA, '0', null), 'open GPU');
  return { kind, context };
}
