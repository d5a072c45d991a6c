/** Every FAL field of the catalogue is recognized where a normalized name belongs. */
import t from 'tap'
import { catalogue } from '../../../src/models/catalogue.ts'
import { adviceOnFalName } from '../../../src/models/document/fal-names.ts'

t.test('a field that a parameter stands for names the parameter', async (t) => {
  const rows: [field: string, param: string][] = [
    ['num_images', 'numOutputs'],
    ['image_size', 'aspectRatio'],
    ['num_inference_steps', 'steps'],
    ['guidance_scale', 'guidanceScale'],
    ['cfg_scale', 'guidanceScale'],
    ['duration', 'durationSeconds'],
    ['num_frames', 'durationSeconds'],
    ['negative_prompt', 'negativePrompt'],
    ['generate_audio', 'enableAudio'],
    ['image_url', 'inputImageUrl'],
    ['image_urls', 'inputImageUrls'],
    ['video_url', 'inputVideoUrl'],
    ['audio_url', 'inputAudioUrl'],
  ]
  for (const [field, param] of rows) {
    t.equal(adviceOnFalName(field), `It is FAL's name: write "${param}", or put it into "input".`)
  }
})

t.test('every other one is sent to `input`; what is no field of FAL gets no such advice', async (t) => {
  for (const { field } of catalogue.flatMap(({ parameters }) => parameters)) {
    t.match(adviceOnFalName(field), /put it into "input"/)
  }
  t.match(adviceOnFalName('lora_weights_v9'), /^If it is a field of FAL's/)
  t.equal(adviceOnFalName('promt'), null)
})
